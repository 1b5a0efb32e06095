package coretest

import (
	_ "embed" // for the file of attacks
	"encoding/json"
	"fmt"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// AttackSet is a set of access tokens, most of them attacks, with the configuration of a verifier for them.
type AttackSet struct {
	Issuer     string
	Audience   string
	Algorithms []string
	Now        time.Time // the time at which to verify the tokens
	Keys       keys.Store
	Tokens     []Attack
}

// Attack is one token of an [AttackSet].
type Attack struct {
	ID      string // such as "H01"
	Comment string
	Token   string
	Expect  string // "accept", "refuse", or "policy" if a verifier may do either
	Status  []int  // the HTTP statuses that are right
	Error   string // the error code in the challenge (RFC 6750, section 3.1); empty: not defined
}

//go:embed testdata/attacks.json
var attacksFile []byte

// Attacks returns tokens that a verifier of RFC 9068 must refuse, and some that it must accept: forged, with confused algorithms
// and keys, with hostile headers, claims and encodings.
func Attacks() AttackSet {
	var file struct {
		Now        int64           `json:"now"`
		Issuer     string          `json:"issuer"`
		Audience   string          `json:"audience"`
		Algorithms []string        `json:"allow_algs"`
		JWKS       json.RawMessage `json:"jwks"`
		Cases      []Attack        `json:"cases"`
	}
	if err := json.Unmarshal(attacksFile, &file); err != nil {
		panic(fmt.Sprintf("coretest: the file of attacks: %v", err))
	}
	found, _, err := keys.ParseJWKS(file.JWKS) // the set has a weak key and one for encryption on purpose; both are left out
	if err != nil {
		panic(fmt.Sprintf("coretest: the keys of the attacks: %v", err))
	}
	store, err := keys.Static(found...)
	if err != nil {
		panic(fmt.Sprintf("coretest: the keys of the attacks: %v", err))
	}
	return AttackSet{
		Issuer: file.Issuer, Audience: file.Audience, Algorithms: file.Algorithms, Now: time.Unix(file.Now, 0),
		Keys: store, Tokens: file.Cases,
	}
}
