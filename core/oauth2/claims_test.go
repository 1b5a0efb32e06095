package oauth2_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// TestClaimsReplaceWhatTheFormSays sets one field of Claims or Types in each case. The others are those of RFC 9068.
func TestClaimsReplaceWhatTheFormSays(t *testing.T) {
	no, user := coretest.Absent, "5c7fdab3a995410001d6d6c4"
	for name, c := range map[string]struct {
		change func(*oauth2.Config)
		claims coretest.Claims
		reason string
		want   []string // user, client, roles and scopes
	}{
		"nothing":       {func(*oauth2.Config) {}, coretest.Claims{"scope": "a,b c"}, "", []string{user, "client-1", "a,b", "c"}},
		"scopes":        {func(c *oauth2.Config) { c.Claims.Scopes = []jwt.List{{Path: jwt.Path{"scp"}}} }, coretest.Claims{"scope": "a", "scp": "b c", "roles": "r"}, "", []string{user, "client-1", "r", "b", "c"}},
		"no roles":      {func(c *oauth2.Config) { c.Claims.Roles = []jwt.List{} }, coretest.Claims{"roles": "r", "scope": no}, "", []string{user, "client-1"}},
		"the client":    {func(c *oauth2.Config) { c.Claims.Client = []jwt.Text{{Path: jwt.Path{"azp"}}} }, coretest.Claims{"azp": "z", "scope": no}, "", []string{user, "z"}},
		"what it needs": {func(c *oauth2.Config) { c.Claims.Required = [][]jwt.Path{{{"jti"}}} }, coretest.Claims{"client_id": no, "iat": no, "scope": no}, "", []string{user, ""}},
		"it needs less": {func(c *oauth2.Config) { c.Claims.Required = [][]jwt.Path{{{"jti"}}} }, coretest.Claims{"jti": no}, "missing_claim_jti", nil},
		"as the form": {func(c *oauth2.Config) {
			c.Claims.Values = []jwt.Value{{Path: jwt.Path{"jti"}, OneOf: []string{"x"}, Optional: true}}
		}, coretest.Claims{"jti": no}, "missing_claim_jti", nil},
		"no subject":   {func(c *oauth2.Config) { c.Claims.SubjectOptional = true }, coretest.Claims{"sub": no, "scope": no}, "", []string{"", "client-1"}},
		"nobody":       {func(c *oauth2.Config) { c.Claims.SubjectOptional = true }, coretest.Claims{"sub": no, "client_id": ""}, "missing_claim_sub", nil},
		"still needed": {func(c *oauth2.Config) { c.Claims.SubjectOptional = true }, coretest.Claims{"sub": no, "jti": no}, "missing_claim_jti", nil},
		"a subject":    {func(*oauth2.Config) {}, coretest.Claims{"sub": no}, "missing_claim_sub", nil},
	} {
		t.Run(name, func(t *testing.T) {
			config := oauth2.AccessTokens(issuer.Name, audience)
			c.change(&config)
			auth, reason := verify(t, config, issuer.AccessToken(audience, c.claims))
			require.Equal(t, c.reason, reason)
			if c.reason == "" {
				assert.Equal(t, c.want, append(append([]string{auth.UserID(), auth.ClientID()}, auth.Roles()...), auth.Scopes()...))
			}
		})
	}
}

// TestTypesReplaceThatOfTheForm has each type with each list of types.
func TestTypesReplaceThatOfTheForm(t *testing.T) {
	claims := coretest.Claims{
		"iss": issuer.Name, "aud": audience, "sub": "s", "client_id": "c", "jti": "j", "iat": 1, "exp": int64(4102444800),
	}
	for _, c := range []struct {
		types, good, bad []string
	}{
		{nil, []string{"at+jwt", "application/AT+JWT"}, []string{"JWT", "", "logout+jwt"}},
		{[]string{"JWT"}, []string{"jwt"}, []string{"at+jwt", ""}},
		{[]string{""}, []string{""}, []string{"at+jwt", "JWT"}},
		{[]string{"at+jwt", "JWT", ""}, []string{"at+jwt", "JWT", ""}, []string{"id+jwt"}},
	} {
		config := oauth2.AccessTokens(issuer.Name, audience)
		config.Types = c.types
		for reason, types := range map[string][]string{"": c.good, "bad_type": c.bad} {
			for _, typ := range types {
				header := map[string]any{"alg": "RS256", "kid": issuer.KeyID, "typ": typ}
				if typ == "" {
					delete(header, "typ")
				}
				_, got := verify(t, config, issuer.Sign(header, claims))
				assert.Equal(t, reason, got, "%q of %q", typ, c.types)
			}
		}
	}
}
