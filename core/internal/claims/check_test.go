package claims_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// TestCheck violates one rule in each case, and none in "good".
func TestCheck(t *testing.T) {
	rules := claims.Rules{Issuers: []string{"i", "j"}, Audiences: []string{"a", "b"}, Leeway: time.Second}
	lax := claims.Rules{AnyIssuer: true, AnyAudience: true}
	for name, c := range map[string]struct {
		rules   claims.Rules
		payload string
		reason  string
	}{
		"good":                {rules, `{"iss":"j","aud":"b","uid":"u","azp":"z","scp":"s","exp":100,"nbf":50}`, ""},
		"issuer":              {rules, `{"iss":"k","aud":"b","uid":"u","azp":"z","scp":"s","exp":100}`, "bad_issuer"},
		"no issuer":           {rules, `{"aud":"b","uid":"u","azp":"z","scp":"s","exp":100}`, "bad_issuer"},
		"one audience of two": {rules, `{"iss":"i","aud":["x","a"],"uid":"u","azp":"z","scp":"s","exp":100}`, ""},
		"audience":            {rules, `{"iss":"i","aud":["x","ab"],"uid":"u","azp":"z","scp":"s","exp":100}`, "bad_audience"},
		"no audience":         {rules, `{"iss":"i","uid":"u","azp":"z","scp":"s","exp":100}`, "bad_audience"},
		"waived":              {lax, `{"uid":"u","azp":"z","scp":"s","exp":100}`, ""},
		"no exp":              {lax, `{"uid":"u","azp":"z","scp":"s"}`, "missing_claim_exp"},
		"leeway":              {rules, `{"iss":"i","aud":"a","uid":"u","azp":"z","scp":"s","exp":52,"nbf":53}`, ""},
		"expired":             {rules, `{"iss":"i","aud":"a","uid":"u","azp":"z","scp":"s","exp":51}`, "expired"},
		"not yet valid":       {rules, `{"iss":"i","aud":"a","uid":"u","azp":"z","scp":"s","exp":100,"nbf":54}`, "not_yet_valid"},
		"bound":               {lax, `{"uid":"u","azp":"z","scp":"s","exp":100,"cnf":null}`, "bound_token"},
		"nobody":              {lax, `{"uid":"","sub":"","azp":"z","scp":"s","exp":100}`, "missing_claim_sub"},
		"a subject alone":     {lax, `{"sub":"s","azp":"z","scp":"s","exp":100}`, ""},
		"required":            {lax, `{"uid":"u","scp":"s","exp":100}`, "missing_claim"}, // no code has its name
		"required, empty":     {lax, `{"uid":"u","azp":"z","scp":"","exp":100}`, "missing_claim"},
		"required, null":      {lax, `{"uid":"u","azp":"z","scp":null,"exp":100}`, "missing_claim"},
		"required, no items":  {lax, `{"uid":"u","azp":"z","scp":[ ],"exp":100}`, "missing_claim"},
		"required, elsewhere": {lax, `{"uid":"u","azp":"z","x":{"scp":"s"},"exp":100}`, "missing_claim"},
	} {
		t.Run(name, func(t *testing.T) {
			r := claims.NewReader(objectKeys)
			var read claims.Claims
			require.NoError(t, r.Read(&read, c.payload))
			_, err := c.rules.Check(r, &read, time.Unix(52, 0))
			assert.Equal(t, c.reason, reasonOf(err))
		})
	}
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	var e *core.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return string(e.Reason())
}

// TestManyRequiredClaims requires a hundred claims, of which a token lacks the last.
func TestManyRequiredClaims(t *testing.T) {
	d := claims.Dialect{User: []claims.Text{{Path: claims.Path{"sub"}}}}
	payload := `{"sub":"s","exp":9`
	for i := range 100 {
		claim := strings.Repeat("x", i+1)
		d.Required = append(d.Required, []claims.Path{{claim}})
		if i < 99 {
			payload += `,"` + claim + `":1`
		}
	}
	assert.Equal(t, "missing_claim", check(t, d, payload+"}"))
	d.Required = d.Required[:99]
	assert.Empty(t, check(t, d, payload+"}"))
}

// check reads and checks a payload, with any issuer and audience, and returns the reason for which it is refused.
func check(t *testing.T, d claims.Dialect, payload string) string {
	t.Helper()
	r := claims.NewReader(d)
	var c claims.Claims
	require.NoError(t, r.Read(&c, payload), payload)
	rules := claims.Rules{AnyIssuer: true, AnyAudience: true}
	_, err := rules.Check(r, &c, time.Unix(1, 0))
	return reasonOf(err)
}

func TestUntil(t *testing.T) {
	r := claims.NewReader(claims.JWTIssuer)
	var c claims.Claims
	require.NoError(t, r.Read(&c, `{"sub":"s","exp":100,"nbf":50}`))
	rules := claims.Rules{AnyIssuer: true, AnyAudience: true}
	checked, err := rules.Check(r, &c, time.Unix(60, 0))
	require.NoError(t, err)
	for end, reasons := range map[int64][2]string{0: {"", "expired"}, 90: {"expired", "expired"}, 200: {"", "expired"}} {
		var at time.Time
		if end != 0 {
			at = time.Unix(end, 0)
		}
		valid := checked.Until(at)
		assert.Equal(t, reasons, [2]string{reasonOf(valid.Check(time.Unix(99, 0))), reasonOf(valid.Check(time.Unix(100, 0)))}, end)
		assert.Equal(t, "not_yet_valid", reasonOf(valid.Check(time.Unix(49, 0))))
	}
}

// TestNothingIsLeftForTheNextToken checks Reset with every claim that is read.
func TestNothingIsLeftForTheNextToken(t *testing.T) {
	for _, payload := range []string{
		`{"iss":"i","sub":"s","jti":"j","client_id":"c","userId":"u","username":"n","aud":["a","b"],"exp":9,"nbf":8,"iat":7,
			"roles":["r","q"],"organizations":["o"],"namespaces":["m"],"scope":"x y","cnf":{}}`,
		`{"roles":["` + strings.Repeat(`r","`, 100) + `"],"scopes":"` + strings.Repeat("s,", 100) + `"}`,
	} {
		for _, d := range []claims.Dialect{claims.JWTIssuer, claims.AuthorizationServer, claims.AccessToken} {
			var c claims.Claims
			require.NoError(t, claims.NewReader(d).Read(&c, payload))
			assert.Empty(t, claims.Left(&c))
		}
	}
}
