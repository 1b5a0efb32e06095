package jwt_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// attacks is the file testdata/attacks.json.
type attacks struct {
	Now        int64           `json:"now"`
	Issuer     string          `json:"issuer"`
	Audience   string          `json:"audience"`
	Algorithms []string        `json:"allow_algs"`
	JWKS       json.RawMessage `json:"jwks"`
	Cases      []struct {
		ID, Comment, Token, Expect string
	} `json:"cases"`
}

// profile are the tokens that are refused only for claims that RFC 9068, section 2.2 asks for beyond this package's
// own. They are refused by an OAuth2 provider, which does not exist yet; until then they are accepted.
var profile = map[string]bool{"P44": true, "P45": true}

// policy are the answers where either one is lawful.
var policy = map[string]string{
	"C07": "bad_algorithm",    // PS256: off until it is named
	"C10": "",                 // typ is compared without case
	"K06": "",                 // jku is not looked at
	"X07": "critical_header",  // b64 without crit
	"X22": "malformed_token",  // invalid UTF-8 in the header
	"P15": "malformed_claims", // exp beyond the year 9999
	"P24": "",                 // iat is no condition
	"P47": "",                 // scopes in an array: a form that Microkubes issues
	"P48": "",                 // a scope with a tab or newline is one scope that nobody asks for
	"P56": "malformed_claims", // a lone surrogate
	"P57": "",                 // CR LF in sub: escaped JSON, and never printed
}

func TestAttacks(t *testing.T) {
	file, err := os.ReadFile("testdata/attacks.json")
	require.NoError(t, err)
	var a attacks
	require.NoError(t, json.Unmarshal(file, &a))
	found, skipped, err := keys.ParseJWKS(a.JWKS)
	require.NoError(t, err)
	require.Len(t, skipped, 2, "the key for encryption and the weak one")
	store, err := keys.Static(found...)
	require.NoError(t, err)
	verifier, err := jwt.NewVerifier(store, jwt.Config{
		Issuers: []string{a.Issuer}, Audience: a.Audience, Algorithms: a.Algorithms, Types: []string{"at+jwt"},
		Now: func() time.Time { return time.Unix(a.Now, 0) },
	})
	require.NoError(t, err)

	count := map[string]int{}
	for _, c := range a.Cases {
		t.Run(c.ID, func(t *testing.T) {
			auth, err := verifier.Verify(t.Context(), c.Token)
			got := reasonOf(t, err)
			switch {
			case c.Expect == "accept" || profile[c.ID]:
				assert.NoError(t, err, c.Comment)
				assert.NotNil(t, auth)
				count["accept"]++
			case c.Expect == "policy":
				want, ok := policy[c.ID]
				require.True(t, ok, "%s has no written answer", c.ID)
				assert.Equal(t, want, got, c.Comment)
				count["policy"]++
			default:
				assert.NotEmpty(t, got, c.Comment)
				assert.Nil(t, auth)
				count["refuse"]++
			}
		})
	}
	assert.Equal(t, map[string]int{"accept": 10 + len(profile), "policy": 11, "refuse": 107 - len(profile)}, count)
}
