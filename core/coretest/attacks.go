package coretest

import (
	_ "embed" // for the file of attacks
	"encoding/json"
	"fmt"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// AttackSet is a set of access tokens, most of them attacks, with what is needed to verify them.
type AttackSet struct {
	Issuer     string
	Audience   string
	Algorithms []string
	Now        time.Time // the clock to verify them at
	Keys       keys.Store
	Tokens     []Attack
}

// Attack is one token of an [AttackSet].
type Attack struct {
	ID      string // such as "H01"
	Comment string
	Token   string
	Expect  string // "accept", "refuse", or "policy" where a verifier may do either
	Status  []int  // the HTTP statuses that are right
	Error   string // the error code of RFC 6750 in the challenge, where the file says one
}

//go:embed testdata/attacks.json
var attacksFile []byte

// Attacks are tokens that a verifier by RFC 9068 must refuse, with some that it must accept: forged, with confused
// algorithms and keys, with hostile headers, claims and encodings. Try them on a service of your own.
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
	found, _, err := keys.ParseJWKS(file.JWKS) // it holds a weak key and one for encryption, on purpose
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
