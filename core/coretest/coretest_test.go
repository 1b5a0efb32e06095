package coretest_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

func TestAs(t *testing.T) {
	auth := core.NewAuth(core.AuthData{UserID: "ann"})
	got, ok := core.AuthFrom(coretest.As(t.Context(), auth))
	assert.True(t, ok)
	assert.Same(t, auth, got)
	_, ok = core.AuthFrom(coretest.As(coretest.As(t.Context(), auth), nil))
	assert.False(t, ok, "an anonymous request hides the identity outside")
}

func TestRequestDefaults(t *testing.T) {
	var r coretest.Request
	first, n := r.Header("X")
	assert.Equal(t, []any{"GET", "http", "example.com", "/", "", "192.0.2.1:1234", "", 0},
		[]any{r.Method(), r.Scheme(), r.Host(), r.RoutePath(), r.RawQuery(), r.RemoteAddr(), first, n})
	r = coretest.Request{Verb: "PUT", Target: "/a%2Fb?c=d?e", Headers: http.Header{"X": {"1", "2"}}, TLS: true, Site: "s", Peer: "p"}
	first, n = r.Header("X")
	assert.Equal(t, []any{"PUT", "https", "s", "/a%2Fb", "c=d?e", "p", "1", 2},
		[]any{r.Method(), r.Scheme(), r.Host(), r.RoutePath(), r.RawQuery(), r.RemoteAddr(), first, n})
}

func TestRecorder(t *testing.T) {
	var r coretest.Recorder
	r.SetHeader("X", "1")
	r.AddHeader("X", "2")
	body := []byte("a")
	require.NoError(t, r.Send(418, body))
	body[0] = 'b'
	assert.Equal(t, coretest.Recorder{Status: 418, Headers: http.Header{"X": {"1", "2"}}, Body: []byte("a"), Sends: 1}, r)
}

func TestSecurityContext(t *testing.T) {
	var sc coretest.SecurityContext
	assert.False(t, sc.HasAuth())
	auth := core.NewAuth(core.AuthData{})
	require.NoError(t, sc.SetAuth(auth))
	assert.Same(t, auth, sc.Auth())
	assert.ErrorIs(t, sc.SetAuth(auth), core.ErrAuthSet)
}

// TestIssuer has its tokens verified with the directory that it writes.
func TestIssuer(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	issuer := coretest.NewIssuer("issuer")
	issuer.Clock = func() time.Time { return now }
	dir := t.TempDir()
	require.NoError(t, issuer.WriteKeys(dir))
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	defer store.Close()
	config := jwt.Config{Issuers: []string{"issuer"}, AnyAudience: true, Types: []string{"JWT", "at+jwt"}, Now: issuer.Clock}
	verifier, err := jwt.NewVerifier(store, config)
	require.NoError(t, err)

	auth, err := verifier.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"roles": "a,b", "jti": coretest.Absent}))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, auth.Roles())
	assert.Empty(t, auth.TokenID())
	assert.Equal(t, now.Add(time.Hour), auth.ExpiresAt())

	token := issuer.AccessToken("https://api.test", coretest.Claims{"scope": "a b"})
	auth, err = verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	assert.Equal(t, []any{"client-1", []string{"a", "b"}}, []any{auth.ClientID(), auth.Scopes()})
	var audience string
	require.NoError(t, auth.Claim("aud", &audience))
	assert.Equal(t, "https://api.test", audience)

	_, err = verifier.Verify(t.Context(), coretest.Forge(token, coretest.Claims{"sub": "admin"}))
	assert.Error(t, err)
	assert.Error(t, issuer.WriteKeys("/dev/null/keys"))
	assert.Panics(t, func() { coretest.Forge("x", nil) })
	assert.Panics(t, func() { issuer.Microkubes(coretest.Claims{"x": func() {}}) })
	assert.True(t, strings.HasPrefix(coretest.Bearer("x").Get("Authorization"), "Bearer "))
}

// TestEveryAlgorithmAndForm has each algorithm sign each form, and each bad token of Hostile refused.
func TestEveryAlgorithmAndForm(t *testing.T) {
	for _, algorithm := range []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
	} {
		t.Run(algorithm, func(t *testing.T) {
			issuer := coretest.NewIssuerFor("issuer", algorithm)
			config := jwt.Config{Issuers: []string{"issuer"}, AnyAudience: true, Algorithms: []string{algorithm}}
			users, err := jwt.NewVerifier(issuer.Keys(), config)
			require.NoError(t, err)
			access := oauth2.AccessTokens("issuer", "api")
			access.Algorithms = []string{algorithm}
			clients, err := oauth2.NewVerifier(issuer.Keys(), access)
			require.NoError(t, err)
			server := oauth2.Microkubes("issuer")
			server.Algorithms = []string{algorithm}
			platform, err := oauth2.NewVerifier(issuer.Keys(), server)
			require.NoError(t, err)

			_, err = users.Verify(t.Context(), issuer.Microkubes(nil))
			assert.NoError(t, err)
			auth, err := users.Verify(t.Context(), issuer.Internal(nil))
			require.NoError(t, err)
			assert.Equal(t, []string{"system", "api:read"}, []string{auth.Username(), auth.Scopes()[0]})
			_, err = clients.Verify(t.Context(), issuer.AccessToken("api", nil))
			assert.NoError(t, err)
			auth, err = platform.Verify(t.Context(), issuer.AuthorizationServer(coretest.Claims{"roles": "admin"}))
			require.NoError(t, err)
			assert.Equal(t, []string{"test-client-0000000001", "admin"}, []string{auth.ClientID(), auth.Roles()[0]})

			count := 0
			for name, token := range issuer.Hostile() {
				_, err := users.Verify(t.Context(), token)
				assert.Error(t, err, name)
				count++
			}
			assert.Greater(t, count, 30)
			for range issuer.Hostile() {
				break // a caller may stop
			}
		})
	}
	assert.Panics(t, func() { coretest.NewIssuerFor("x", "none") })
}

// TestHostileTo looks for the header and the claims that a service needs in the tokens that it must refuse.
func TestHostileTo(t *testing.T) {
	issuer := coretest.NewIssuerFor("https://issuer.test", "ES256")
	claims := coretest.Claims{"iss": issuer.Name, "sub": "ann", "exp": time.Now().Add(time.Hour).Unix(), "aud": "orders"}
	header := map[string]any{"typ": "at+jwt", "kid": "default"}
	names := map[string]bool{}
	for name, token := range issuer.HostileTo(header, claims) {
		names[name] = true
		parts := strings.Split(token, ".")
		for i, must := range []string{`"kid":`, `"aud":"orders"`} {
			if text, err := base64.RawURLEncoding.DecodeString(parts[min(i, len(parts)-1)]); err == nil && len(text) > 30 {
				assert.True(t, strings.Contains(string(text), must) || strings.HasSuffix(name, "audience"), "%s: %s", name, text)
			}
		}
	}
	assert.True(t, names["expired"] && names["for another audience"] && names["for no audience"])
	assert.Equal(t, "ann", claims["sub"], "the arguments are not changed")
	assert.Len(t, header, 2)
	for name := range issuer.Hostile() {
		assert.NotContains(t, name, "audience", "Microkubes tokens have none")
	}
}

func TestRotate(t *testing.T) {
	issuer := coretest.NewIssuer("issuer")
	dir := t.TempDir()
	require.NoError(t, issuer.WriteKeys(dir))
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	defer store.Close()
	verifier, err := oauth2.NewVerifier(store, oauth2.AccessTokens("issuer", "api"))
	require.NoError(t, err)
	var tokens []string
	for range 4 {
		tokens = append(tokens, issuer.AccessToken("api", nil))
		require.NoError(t, issuer.WriteKeys(dir))
		require.NoError(t, store.Reload())
		for i, token := range tokens {
			_, err := verifier.Verify(t.Context(), token)
			assert.Equal(t, i >= len(tokens)-2, err == nil, "token %d of %d", i, len(tokens))
		}
		issuer.Rotate()
	}
}
