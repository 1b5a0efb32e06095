package oauth2_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
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
	config := oauth2.AccessTokens(a.Issuer, a.Audience)
	config.Algorithms = a.Algorithms
	config.Now = func() time.Time { return time.Unix(a.Now, 0) }
	verifier, err := oauth2.NewVerifier(store, config)
	require.NoError(t, err)

	count := map[string]int{}
	for _, c := range a.Cases {
		t.Run(c.ID, func(t *testing.T) {
			auth, err := verifier.Verify(t.Context(), c.Token)
			got := reasonOf(t, err)
			switch c.Expect {
			case "accept":
				assert.NoError(t, err, c.Comment)
				assert.NotNil(t, auth)
				count["accept"]++
			case "policy":
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
	assert.Equal(t, map[string]int{"accept": 10, "policy": 11, "refuse": 107}, count)
}
