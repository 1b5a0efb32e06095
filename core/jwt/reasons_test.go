package jwt_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func TestReasons(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	clock := func(c *jwt.Config) { c.Now = func() time.Time { return now } }
	base := coretest.Claims{"exp": now.Add(time.Hour).Unix()}
	mint := func(changes coretest.Claims) string {
		all := coretest.Claims{}
		for k, v := range base {
			all[k] = v
		}
		for k, v := range changes {
			all[k] = v
		}
		return issuer.Microkubes(all)
	}
	header := func(changes map[string]any) string {
		h := map[string]any{"alg": "RS256", "typ": "JWT"}
		for k, v := range changes {
			h[k] = v
		}
		return issuer.Sign(h, coretest.Claims{"iss": name, "sub": "a", "exp": now.Add(time.Hour).Unix()})
	}
	good := mint(nil)
	parts := strings.Split(good, ".")
	raw := func(h string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(h)) + "." + parts[1] + "." + parts[2]
	}
	for token, want := range map[string]string{
		good:                              "",
		header(nil):                       "",
		header(map[string]any{"jku": ""}): "",
		header(map[string]any{"typ": "application/jwt"}): "",
		mint(coretest.Claims{"exp": now.Unix() + 1}):     "",
		mint(coretest.Claims{"nbf": now.Unix()}):         "",
		mint(coretest.Claims{"exp": 1900000000.5}):       "",

		strings.Repeat("x", 8193): "too_large",
		"":                        "malformed_token",
		"a.b":                     "malformed_token",
		good + ".x":               "malformed_token",
		parts[0] + "." + parts[1] + "." + parts[2] + "=":    "malformed_token",
		parts[0] + "." + parts[1] + ".\n" + parts[2]:        "malformed_token",
		raw(`{"alg":"RS256","alg":"RS256"}`):                "malformed_token",
		raw(`{"alg":"RS256"} `) + "":                        "bad_signature",
		raw(`{"alg":"RS256"}x`):                             "malformed_token",
		raw(`["RS256"]`):                                    "malformed_token",
		raw(`{"alg":["RS256"]}`):                            "malformed_token",
		raw("{\"alg\":\"RS256\",\"x\":\"\xff\"}"):           "malformed_token",
		header(map[string]any{"kid": 7}):                    "malformed_token",
		header(map[string]any{"kid": ""}):                   "malformed_token",
		header(map[string]any{"zip": "DEF"}):                "malformed_token",
		header(map[string]any{"crit": []string{"exp"}}):     "critical_header",
		header(map[string]any{"b64": false}):                "critical_header",
		header(map[string]any{"alg": "none"}):               "bad_algorithm",
		header(map[string]any{"alg": "rs256"}):              "bad_algorithm",
		header(map[string]any{"alg": "PS256"}):              "bad_algorithm",
		header(map[string]any{"alg": "HS256"}):              "bad_algorithm",
		header(map[string]any{"typ": "at+jwt"}):             "bad_type",
		header(map[string]any{"kid": "other"}):              "unknown_kid",
		header(map[string]any{"kid": "DEFAULT"}):            "unknown_kid",
		header(map[string]any{"kid": "../default"}):         "unknown_kid",
		coretest.Forge(good, coretest.Claims{"iss": name}):  "bad_signature",
		coretest.NewIssuer(name).Microkubes(nil):            "bad_signature",
		parts[0] + "." + parts[1] + ".":                     "bad_signature",
		mint(coretest.Claims{"exp": coretest.Absent}):       "missing_claim_exp",
		mint(coretest.Claims{"exp": nil}):                   "malformed_claims",
		mint(coretest.Claims{"exp": "1900003600"}):          "malformed_claims",
		mint(coretest.Claims{"exp": 1e19}):                  "malformed_claims",
		mint(coretest.Claims{"nbf": 1e19}):                  "malformed_claims",
		mint(coretest.Claims{"nbf": "0"}):                   "malformed_claims",
		mint(coretest.Claims{"iat": "0"}):                   "malformed_claims",
		mint(coretest.Claims{"userId": 7}):                  "malformed_claims",
		mint(coretest.Claims{"jti": 7}):                     "malformed_claims",
		mint(coretest.Claims{"jti": []string{"a"}}):         "malformed_claims",
		mint(coretest.Claims{"aud": map[string]any{}}):      "malformed_claims",
		mint(coretest.Claims{"iss": []string{name}}):        "malformed_claims",
		mint(coretest.Claims{"exp": now.Unix()}):            "expired",
		mint(coretest.Claims{"exp": 0}):                     "expired",
		mint(coretest.Claims{"exp": -1}):                    "expired",
		mint(coretest.Claims{"exp": 1, "Exp": 1900003600}):  "expired",
		mint(coretest.Claims{"nbf": now.Unix() + 1}):        "not_yet_valid",
		mint(coretest.Claims{"iss": name + "/"}):            "bad_issuer",
		mint(coretest.Claims{"iss": strings.ToLower(name)}): "bad_issuer",
		mint(coretest.Claims{"iss": coretest.Absent}):       "bad_issuer",
		mint(coretest.Claims{"cnf": map[string]any{}}):      "bound_token",
		mint(coretest.Claims{"userId": "", "sub": ""}):      "missing_claim_sub",
		issuer.Sign(map[string]any{"alg": "RS512"}, base):   "bad_signature",
		issuer.Sign(map[string]any{"alg": "RS256"}, base):   "bad_issuer",
	} {
		_, err := verifier(t, clock).Verify(t.Context(), token)
		assert.Equal(t, want, reasonOf(t, err), "%.60s", decodeHead(token))
		if want != "" {
			assert.Equal(t, []any{401, "invalid token"}, answerOf(t, err), "every reason has the same answer")
		}
	}
}
