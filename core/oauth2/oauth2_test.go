package oauth2_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const (
	name     = "https://login.test"
	audience = "https://api.test"
)

var issuer = coretest.NewIssuer(name)

func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return string(e.Reason())
}

func verify(t testing.TB, config oauth2.Config, token string) (*core.Auth, string) {
	t.Helper()
	v, err := oauth2.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	auth, err := v.Verify(t.Context(), token)
	return auth, reasonOf(t, err)
}

func TestAccessTokens(t *testing.T) {
	config := oauth2.AccessTokens(name, audience)
	auth, reason := verify(t, config, issuer.AccessToken(audience, coretest.Claims{"scope": "a b", "scopes": "c", "roles": []string{"admin"}}))
	require.Empty(t, reason)
	assert.Equal(t, []any{"client-1", "5c7fdab3a995410001d6d6c4", "5c7fdab3a995410001d6d6c4", []string{"a", "b"}, []string{"admin"}},
		[]any{auth.ClientID(), auth.Subject(), auth.UserID(), auth.Scopes(), auth.Roles()})
	auth, reason = verify(t, config, issuer.AccessToken(audience, coretest.Claims{
		"userId": "admin", "roles": "a,b", "organizations": []string{" acme ", "", "a,b"},
	}))
	require.Empty(t, reason)
	assert.Equal(t, []any{auth.Subject(), []string{"a,b"}, []string{" acme ", "a,b"}},
		[]any{auth.UserID(), auth.Roles(), auth.Organizations()}, "the forms of Microkubes are only for its own tokens")
	for want, changes := range map[string][]coretest.Claims{
		"missing_claim_sub":       {{"sub": coretest.Absent}, {"sub": ""}, {"userId": "u", "sub": ""}},
		"missing_claim_client_id": {{"client_id": coretest.Absent}, {"client_id": ""}},
		"missing_claim_jti":       {{"jti": coretest.Absent}, {"jti": ""}},
		"missing_claim_iat":       {{"iat": coretest.Absent}},
		"missing_claim_exp":       {{"exp": coretest.Absent}},
		"bad_audience":            {{"aud": coretest.Absent}, {"aud": "https://other.test"}, {"aud": []string{}}},
		"bad_issuer":              {{"iss": name + "/"}, {"iss": coretest.Absent}},
		"malformed_claims":        {{"sub": 7}, {"client_id": []string{"a"}}, {"aud": nil}, {"iat": "now"}},
		"expired":                 {{"exp": 1}},
		"bound_token":             {{"cnf": map[string]any{"jkt": "x"}}},
	} {
		for _, c := range changes {
			_, reason := verify(t, config, issuer.AccessToken(audience, c))
			assert.Equal(t, want, reason, "%v", c)
		}
	}
	for _, typ := range []any{"JWT", "dpop+jwt", "logout+jwt", "secevent+jwt", "", "at+jwt2"} {
		header := map[string]any{"alg": "RS256", "kid": issuer.KeyID, "typ": typ}
		_, reason := verify(t, config, issuer.Sign(header, coretest.Claims{}))
		assert.Equal(t, "bad_type", reason, "%v", typ)
	}
}

// TestClaimsOfOtherForms has claims that grant something, in forms that are not known: RFC 9068, section 2.2.3.1 allows roles that
// are objects. The token is accepted, and they grant nothing.
func TestClaimsOfOtherForms(t *testing.T) {
	config := oauth2.AccessTokens(name, audience)
	for _, file := range []string{"roles-as-objects.json", "organizations-as-objects.json"} {
		var claims coretest.Claims
		data, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &claims))
		claims["iss"], claims["aud"] = name, audience
		auth, reason := verify(t, config, issuer.AccessToken(audience, claims))
		require.Empty(t, reason, file)
		assert.Equal(t, "u1", auth.UserID())
		assert.Empty(t, auth.Roles())
		assert.Empty(t, auth.Organizations())
	}
	for _, scope := range []any{nil, []string{"a"}, 7, map[string]any{"a": true}} {
		auth, reason := verify(t, config, issuer.AccessToken(audience, coretest.Claims{"scope": scope}))
		require.Empty(t, reason, "%v", scope)
		assert.Empty(t, auth.Scopes(), "%v", scope)
	}
}

// TestVerifierSharesNothing changes every list of the configuration after the verifier was made.
func TestVerifierSharesNothing(t *testing.T) {
	config := oauth2.AccessTokens(name, audience)
	config.Issuers, config.Scopes, config.Algorithms = []string{name}, []string{"orders"}, []string{"RS256"}
	config.Audiences = []string{audience}
	v, err := oauth2.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	provider := oauth2.New(issuer.Keys(), config)
	owned := fmt.Sprint(provider.Owns())
	config.Issuers[0], config.Scopes[0], config.Algorithms[0], config.Audiences[0] = "https://evil.test", "read", "ES256", "x"

	for scope, want := range map[string]string{"orders": "", "read": "insufficient_scope"} {
		_, err := v.Verify(t.Context(), issuer.AccessToken(audience, coretest.Claims{"scope": scope}))
		assert.Equal(t, want, reasonOf(t, err), "%s", scope)
		err = provider.Provide(t.Context(), &coretest.SecurityContext{},
			coretest.Request{Headers: coretest.Bearer(issuer.AccessToken(audience, coretest.Claims{"scope": scope}))}, &coretest.Recorder{})
		assert.Equal(t, want, reasonOf(t, err), "%s", scope)
	}
	assert.Equal(t, owned, fmt.Sprint(provider.Owns()))
}

func TestWaivedAudienceMustStillBeThere(t *testing.T) {
	config := oauth2.AccessTokens(name, "")
	config.Audiences, config.AnyAudience = nil, true
	_, reason := verify(t, config, issuer.AccessToken("whoever", nil))
	assert.Empty(t, reason)
	_, reason = verify(t, config, issuer.AccessToken("", coretest.Claims{"aud": coretest.Absent}))
	assert.Equal(t, "missing_claim_aud", reason, "RFC 9068, section 2.2")
}

func TestScopes(t *testing.T) {
	config := oauth2.AccessTokens(name, audience)
	config.Scopes = []string{"orders", "read"}
	_, reason := verify(t, config, issuer.AccessToken(audience, coretest.Claims{"scope": "read orders more"}))
	assert.Empty(t, reason)
	for _, scope := range []any{"read", "orders readonly", "ORDERS READ", "orders\tread", "orders,read", "", coretest.Absent} {
		_, reason := verify(t, config, issuer.AccessToken(audience, coretest.Claims{"scope": scope}))
		assert.Equal(t, "insufficient_scope", reason, "%v", scope)
	}
	chain, err := core.NewSecurityChain(oauth2.New(issuer.Keys(), config))
	require.NoError(t, err)
	var res coretest.Recorder
	_, ok := chain.WithLogger(slog.New(slog.DiscardHandler)).
		Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(issuer.AccessToken(audience, nil))}, &res)
	assert.False(t, ok)
	assert.Equal(t, 403, res.Status)
	assert.Equal(t, `Bearer realm="microkubes", error="insufficient_scope", scope="orders read"`, res.Headers.Get("WWW-Authenticate"))
}

// TestMicrokubes verifies the token that the platform's authorization-server issues.
func TestMicrokubes(t *testing.T) {
	claims := coretest.Claims{
		"sub": "test-client-0000000001", "scopes": "api:read api:write", "namespaces": nil, "organizations": "org1,org2",
	}
	config := oauth2.Microkubes(name)
	auth, reason := verify(t, config, issuer.Microkubes(claims))
	require.Empty(t, reason)
	assert.Equal(t, []any{"test-client-0000000001", "5c7fdab3a995410001d6d6c4", []string{"api:read", "api:write"}},
		[]any{auth.ClientID(), auth.UserID(), auth.Scopes()})
	assert.Empty(t, auth.Namespaces())
	for _, missing := range []string{"sub", "userId", "username"} {
		_, reason := verify(t, config, issuer.Microkubes(coretest.Claims{missing: coretest.Absent}))
		assert.Equal(t, "missing_claim_"+missing, reason)
	}
	_, reason = verify(t, config, issuer.AccessToken(audience, nil))
	assert.Equal(t, "bad_type", reason)
}

// TestOwners has both kinds of tokens of the platform in a chain. Each has one owner, in either order of the providers.
func TestOwners(t *testing.T) {
	signin := coretest.NewIssuer("Microkubes JWT Authority")
	users := jwt.New(signin.Keys(), jwt.Microkubes(signin.Name))
	clients := oauth2.New(issuer.Keys(), oauth2.AccessTokens(name, audience))
	for _, providers := range [][]core.Provider{{users, clients}, {clients, users}} {
		chain, err := core.NewSecurityChain(providers...)
		require.NoError(t, err)
		chain = chain.WithLogger(slog.New(slog.DiscardHandler))
		for token, status := range map[string]int{
			signin.Microkubes(nil):                                       0,
			issuer.AccessToken(audience, nil):                            0,
			issuer.Microkubes(nil):                                       401,
			signin.AccessToken(audience, nil):                            401,
			signin.AccessToken(audience, coretest.Claims{"iss": name}):   401,
			issuer.Microkubes(coretest.Claims{"iss": signin.Name}):       401,
			"opaque-token":                                               401,
			issuer.AccessToken(audience, nil) + "x":                      401,
			issuer.AccessToken("other", coretest.Claims{"aud": "other"}): 401,
		} {
			var res coretest.Recorder
			_, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
			assert.Equal(t, status == 0, ok)
			assert.Equal(t, status, res.Status)
		}
	}
	// A token is refused by its owner only: another provider's list of algorithms does not matter.
	elliptic := coretest.NewIssuerFor(name, "ES256")
	chain, err := core.NewSecurityChain(users, oauth2.New(elliptic.Keys(), oauth2.AccessTokens(name, audience)))
	require.NoError(t, err)
	_, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(elliptic.AccessToken(audience, nil))}, &coretest.Recorder{})
	assert.True(t, ok)

	_, err = core.NewSecurityChain(clients, oauth2.New(issuer.Keys(), oauth2.AccessTokens(name, "other")))
	assert.ErrorContains(t, err, "both own")
	folded := oauth2.AccessTokens(name, audience)
	folded.Source.Scheme = "bEARER"
	_, err = core.NewSecurityChain(clients, oauth2.New(issuer.Keys(), folded))
	assert.ErrorContains(t, err, "both own", "a scheme is not case-sensitive")
	_, err = core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(name)), oauth2.New(issuer.Keys(), oauth2.Microkubes(name)))
	assert.ErrorContains(t, err, "both own")
}

func TestConfigSaysWhatToChange(t *testing.T) {
	with := func(change func(*oauth2.Config)) oauth2.Config {
		c := oauth2.AccessTokens("x", "x")
		change(&c)
		return c
	}
	for says, config := range map[string]oauth2.Config{
		"oauth2: Config.Issuers is empty":           with(func(c *oauth2.Config) { c.Issuers = nil }),
		"oauth2: Config.Audiences is empty":         with(func(c *oauth2.Config) { c.Audiences = nil }),
		"Config.Audiences has an empty audience":    oauth2.AccessTokens("x", ""),
		"oauth2: Config.Claims.Roles[0].Path is":    with(func(c *oauth2.Config) { c.Claims.Roles = []jwt.List{{}} }),
		`Config.Scopes has "read write"`:            with(func(c *oauth2.Config) { c.Scopes = []string{"read write"} }),
		`Config.Scopes has ""`:                      with(func(c *oauth2.Config) { c.Scopes = []string{""} }),
		"the key store has no key for ES256: every": with(func(c *oauth2.Config) { c.Algorithms = []string{"ES256"} }),
	} {
		_, err := oauth2.NewVerifier(issuer.Keys(), config)
		assert.ErrorContains(t, err, says)
		_, err = core.NewSecurityChain(oauth2.New(issuer.Keys(), config))
		assert.ErrorContains(t, err, says)
	}
	var store keys.Store
	_, err := oauth2.NewVerifier(store, oauth2.AccessTokens(name, audience))
	assert.ErrorContains(t, err, "the key store is nil")
}

// TestUnknownFormIsTheStrictest checks that a Form outside the list gets the strictest rules.
func TestUnknownFormIsTheStrictest(t *testing.T) {
	config := oauth2.AccessTokens(name, audience)
	config.Form = 99
	_, reason := verify(t, config, issuer.AccessToken(audience, coretest.Claims{"client_id": coretest.Absent}))
	assert.Equal(t, "missing_claim_client_id", reason)
	_, reason = verify(t, config, issuer.AccessToken(audience, nil))
	assert.Empty(t, reason)
}

func TestClientIDIsNotTheSubjectWhereThereIsOne(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	v, err := oauth2.NewVerifier(issuer.Keys(), oauth2.Microkubes("i"))
	require.NoError(t, err)
	auth, err := v.Verify(t.Context(), issuer.AuthorizationServer(coretest.Claims{"client_id": "c", "sub": "s"}))
	require.NoError(t, err)
	assert.Equal(t, "c", auth.ClientID())
}
