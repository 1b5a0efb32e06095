package oauth2_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

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

// reasons are the codes of refusals by family: the first letter of an attack, and some that differ.
var reasons = map[string][]string{
	"H": {"bad_algorithm", "bad_signature", "no_fitting_key", "malformed_token"},
	"K": {"bad_signature", "unknown_kid", "malformed_token", "too_large"},
	"X": {"critical_header", "bad_type", "malformed_token", "malformed_claims"},
	"P": {"expired", "missing_claim", "malformed_claims", "not_yet_valid", "bad_issuer", "bad_audience"},
	"E": {"malformed_token", "bad_signature", "too_large"},
}

func TestAttacks(t *testing.T) {
	attacks := coretest.Attacks()
	config := oauth2.AccessTokens(attacks.Issuer, attacks.Audience)
	config.Algorithms = attacks.Algorithms
	config.Now = func() time.Time { return attacks.Now }
	verifier, err := oauth2.NewVerifier(attacks.Keys, config)
	require.NoError(t, err)

	count := map[string]int{}
	for _, c := range attacks.Tokens {
		t.Run(c.ID, func(t *testing.T) {
			auth, err := verifier.Verify(t.Context(), c.Token)
			got := reasonOf(t, err)
			count[c.Expect]++
			switch c.Expect {
			case "accept":
				assert.NoError(t, err, c.Comment)
				assert.NotNil(t, auth)
			case "policy":
				want, ok := policy[c.ID]
				require.True(t, ok, "%s has no written answer", c.ID)
				assert.Equal(t, want, got, c.Comment)
			default:
				assert.Contains(t, reasons[c.ID[:1]], got, c.Comment)
				assert.Nil(t, auth)
			}
		})
	}
	assert.Equal(t, map[string]int{"accept": 10, "policy": 11, "refuse": 107}, count)
}
