package jwt_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestForms has the forms of tokens that Microkubes issues, or has issued.
func TestForms(t *testing.T) {
	absent := coretest.Absent
	for form, c := range map[string]struct {
		changes                     coretest.Claims
		roles, organizations, space []string
		scopes                      []string
	}{
		"jwt-issuer":     {nil, []string{"user"}, nil, nil, []string{"api:read"}},
		"several":        {coretest.Claims{"roles": "user,admin", "organizations": "a, b"}, []string{"user", "admin"}, []string{"a", "b"}, nil, []string{"api:read"}},
		"empty elements": {coretest.Claims{"roles": "a,,b ,"}, []string{"a", "b"}, nil, nil, []string{"api:read"}},
		"oauth2 server":  {coretest.Claims{"namespaces": nil, "organizations": absent, "roles": absent, "scopes": "api:read api:write"}, nil, nil, nil, []string{"api:read", "api:write"}},
		"namespaces":     {coretest.Claims{"namespaces": "n1,n2"}, []string{"user"}, nil, []string{"n1", "n2"}, []string{"api:read"}},
		"arrays":         {coretest.Claims{"roles": []string{"a", ""}, "organizations": []string{"o"}, "scopes": []string{"x", "y z"}}, []string{"a"}, []string{"o"}, nil, []string{"x", "y z"}},
		"system":         {coretest.Claims{"iat": absent, "scopes": absent, "scope": "api:read", "roles": "system"}, []string{"system"}, nil, nil, []string{"api:read"}},
		"comma scopes":   {coretest.Claims{"scopes": "api:read,api:write"}, []string{"user"}, nil, nil, []string{"api:read", "api:write"}},
		"quoted scope":   {coretest.Claims{"scopes": `"api:read"`}, []string{"user"}, nil, nil, []string{`"api:read"`}},
		"spaces":         {coretest.Claims{"roles": " a , b ", "organizations": []string{" o "}}, []string{"a", "b"}, []string{" o "}, nil, []string{"api:read"}},
		"odd separator":  {coretest.Claims{"scopes": "a\tb\nc"}, []string{"user"}, nil, nil, []string{"a\tb\nc"}},
		"no lists":       {coretest.Claims{"roles": nil, "scopes": nil}, nil, nil, nil, nil},
	} {
		t.Run(form, func(t *testing.T) {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(c.changes))
			require.NoError(t, err)
			assert.Equal(t, []string{"5c7fdab3a995410001d6d6c4", "user@example.com", name},
				[]string{auth.UserID(), auth.Username(), auth.Issuer()})
			for i, list := range [][2][]string{
				{c.roles, auth.Roles()}, {c.organizations, auth.Organizations()}, {c.space, auth.Namespaces()}, {c.scopes, auth.Scopes()},
			} {
				assert.ElementsMatch(t, list[0], list[1], "list %d", i)
			}
			assert.False(t, auth.HasRole(""), "an empty role is not a role")
		})
	}
}

// TestClaimsOfOtherForms has claims that grant something, in forms that are not known. The token is accepted, and they grant
// nothing.
func TestClaimsOfOtherForms(t *testing.T) {
	for claim, forms := range map[string][]any{
		"username":  {nil, 7, []string{"ann"}, map[string]any{"name": "ann"}},
		"client_id": {nil, 7, []string{"c"}, map[string]any{"id": "c"}},
	} {
		for _, form := range forms {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: form}))
			require.NoError(t, err, "%s: %v", claim, form)
			text := map[string]string{"username": auth.Username(), "client_id": auth.ClientID()}[claim]
			assert.Empty(t, text, "%s: %v", claim, form)
		}
	}
	for _, claim := range []string{"roles", "organizations", "namespaces", "scopes"} {
		for _, form := range []any{
			nil, 7, true, map[string]any{"admin": true}, []any{map[string]any{"value": "admin"}}, []any{"admin", 7}, []any{[]string{"admin"}},
			[]any{nil, "admin"}, []any{},
		} {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: form}))
			require.NoError(t, err, "%s: %v", claim, form)
			granted := map[string][]string{"roles": auth.Roles(), "organizations": auth.Organizations(), "namespaces": auth.Namespaces(),
				"scopes": auth.Scopes()}[claim]
			assert.Empty(t, granted, "%s: %v", claim, form)
		}
	}
}

func TestAudience(t *testing.T) {
	v := verifier(t, func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"https://api.test"} })
	for reason, audiences := range map[string][]any{
		"":                 {"https://api.test", []string{"other", "https://api.test"}},
		"bad_audience":     {coretest.Absent, "", "other", "https://api.test/", "https://api", []string{}, "https://api.test other"},
		"malformed_claims": {7, nil, []any{"https://api.test", 7}},
	} {
		for _, aud := range audiences {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": aud}))
			assert.Equal(t, reason, reasonOf(t, err), "%v", aud)
		}
	}
}

func TestSeveralAudiences(t *testing.T) {
	v := verifier(t, func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"orders", "https://api.test"} })
	for reason, audiences := range map[string][]any{
		"":             {"orders", "https://api.test", []string{"x", "orders"}, []string{"https://api.test", "orders"}},
		"bad_audience": {coretest.Absent, "", "Orders", "orders https://api.test", "orders,https://api.test", []string{"x", ""}},
	} {
		for _, aud := range audiences {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": aud}))
			assert.Equal(t, reason, reasonOf(t, err), "%v", aud)
		}
	}
}

func TestLeeway(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	v := verifier(t, func(c *jwt.Config) { c.Leeway, c.Now = 30*time.Second, func() time.Time { return now } })
	for _, c := range []struct {
		exp, nbf int64
		reason   string
	}{
		{-29, 0, ""}, {-30, 0, "expired"}, {60, 30, ""}, {60, 31, "not_yet_valid"},
	} {
		claims := coretest.Claims{"exp": now.Unix() + c.exp, "nbf": now.Unix() + c.nbf}
		_, err := v.Verify(t.Context(), issuer.Microkubes(claims))
		assert.Equal(t, c.reason, reasonOf(t, err), "exp %d nbf %d", c.exp, c.nbf)
	}
}

// TestSpacesSeparateScopesOnly has names with spaces, which would be different roles if they were split.
func TestSpacesSeparateScopesOnly(t *testing.T) {
	auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{
		"roles": "no admin, user ", "organizations": "a b", "namespaces": " c d", "scopes": "e f,g , h",
	}))
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"no admin", "user"}, {"a b"}, {"c d"}, {"e", "f", "g", "h"}},
		[][]string{auth.Roles(), auth.Organizations(), auth.Namespaces(), auth.Scopes()})
}

func TestTimesThatAreNoDates(t *testing.T) {
	v := verifier(t, nil)
	for _, claim := range []string{"exp", "nbf"} {
		for _, value := range []any{1e300, -1e300, int64(253402300800), int64(-253402300800), int64(1e18), int64(-1e18)} {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: value}))
			assert.Equal(t, "malformed_claims", reasonOf(t, err), "%s %v", claim, value)
		}
	}
}
