package coretest_test

import (
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
