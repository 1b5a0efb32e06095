package oauth2_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// policy has the answers for cases in which acceptance and refusal are both allowed.
var policy = map[string]string{
	"C07": "bad_algorithm",    // PS256: off until it is named
	"C10": "",                 // typ is compared without case
	"K06": "",                 // jku is not looked at
	"X07": "critical_header",  // b64 without crit
	"X22": "malformed_token",  // invalid UTF-8 in the header
	"P15": "malformed_claims", // exp beyond the year 9999
	"P24": "",                 // iat is not a condition
	"P47": "",                 // scope is a text, not an array
	"P48": "",                 // a scope with a tab or newline is one scope that nobody asks for
	"P56": "malformed_claims", // a lone surrogate
	"P57": "",                 // CR LF in sub: escaped JSON, and never printed
}

// reasons has the reason codes of the refusals.
var reasons = map[string]string{
	"bad_algorithm":           "H01 H02 H04 H05 H07 H08 H11 H13 H14 H16 H17 H19 H20 H22 H23 H33 H34 H37",
	"bad_signature":           "H10 H39 K36 E16 E17 E19",
	"no_fitting_key":          "H27 H28 H30 H31",
	"malformed_token":         "H36 K21 K30 K31 X13 X16 X18 X19 X21 E01 E02 E04 E05 E07 E08 E10 E11 E13 E20 E22 E23",
	"unknown_kid":             "K01 K03 K04 K10 K12 K13 K15 K18 K19 K22 K24 K25 K27 K28 K33 K34",
	"too_large":               "K16 E14",
	"critical_header":         "X01 X03 X04 X06",
	"bad_type":                "X09 X10 X12",
	"malformed_claims":        "X15 P05 P06 P08 P09 P11 P12 P14 P18 P20 P23 P38 P50 P51 P53 P54",
	"expired":                 "P02 P17",
	"missing_claim_exp":       "P03",
	"missing_claim_sub":       "P41 P42",
	"missing_claim_client_id": "P44",
	"missing_claim_jti":       "P45",
	"not_yet_valid":           "P21",
	"bad_issuer":              "P26 P27 P29 P30 P32",
	"bad_audience":            "P33 P35 P36 P39",
}

func TestAttacks(t *testing.T) {
	attacks := coretest.Attacks()
	config := oauth2.AccessTokens(attacks.Issuer, attacks.Audience)
	config.Algorithms = attacks.Algorithms
	config.Now = func() time.Time { return attacks.Now }
	verifier, err := oauth2.NewVerifier(attacks.Keys, config)
	require.NoError(t, err)
	config.CacheSize = -1
	uncached, err := oauth2.NewVerifier(attacks.Keys, config)
	require.NoError(t, err)

	count := map[string]int{}
	for _, c := range attacks.Tokens {
		t.Run(c.ID, func(t *testing.T) {
			auth, err := verifier.Verify(t.Context(), c.Token)
			got := reasonOf(t, err)
			for _, v := range []*oauth2.Verifier{verifier, uncached} {
				_, err := v.Verify(t.Context(), c.Token)
				assert.Equal(t, got, reasonOf(t, err), "the same on the second call, and without a cache")
			}
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
				assert.Contains(t, strings.Fields(reasons[got]), c.ID, "%s: %s", got, c.Comment)
				assert.Nil(t, auth)
			}
		})
	}
	assert.Equal(t, map[string]int{"accept": 10, "policy": 11, "refuse": 107}, count)
}
