package conformance_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

const audience = "orders"

var shopIssuer = coretest.NewIssuerFor("https://issuer.test", "ES256")

// target describes a service with the paths of these tests. Its tokens have the audience.
func target(url string) conformance.Target {
	return conformance.Target{
		Name: "stranger", URL: url, Timeout: patience, Issuer: shopIssuer, Claims: coretest.Claims{"aud": audience},
		Protected: "/shop/orders", Public: "/open/health", Optional: "/shop/me", Restricted: "/shop/admin",
		Grant: coretest.Claims{"scopes": "admin"},
	}
}

// strictService serves the paths of target with this library, below a prefix.
func strictService(t *testing.T, prefix string) string {
	t.Helper()
	tokens := jwt.New(shopIssuer.Keys(), jwt.Config{Issuers: []string{shopIssuer.Name}, Audiences: []string{audience}})
	closed := mustChain(t, core.PublicRoutes(prefix+"/open/health"), tokens)
	mux := direct{}
	for path, c := range map[string]*core.SecurityChain{
		"/shop/orders": closed, "/open/health": closed, "/shop/me": mustChain(t, core.Optional(), tokens),
		"/shop/admin": closed.With(core.RequireScopes("admin")),
	} {
		mux[prefix+path] = (sound().middleware(c, http.HandlerFunc(greet)))
	}
	mux[""] = sound().middleware(closed, http.NotFoundHandler())
	server := quiet(mux, sound().listen)
	t.Cleanup(server.Close)
	return server.URL + prefix
}

func TestTargetThatIsSound(t *testing.T) {
	for _, prefix := range []string{"", "/api/v1"} {
		got, err := conformance.CheckTarget(t.Context(), target(strictService(t, prefix)))
		require.NoError(t, err)
		assert.Empty(t, got.Findings)
		assert.Len(t, got.Tried, 34)
		assert.Equal(t, len(conformance.Cases()), len(got.Tried)+len(got.NotTried), "each case is tried or left out for a reason")
		assert.Greater(t, got.Requests, 150)
		assert.Empty(t, got.Broken())
	}
}

// TestTargetWithLess has services that offer less than all paths.
func TestTargetWithLess(t *testing.T) {
	url := strictService(t, "")
	for name, c := range map[string]struct {
		leave    func(*conformance.Target)
		untried  string
		reason   string
		stillHas string
	}{
		"no public path":     {func(t *conformance.Target) { t.Public = "" }, "routes/public", "needs a public path", "paths/case"},
		"no optional path":   {func(t *conformance.Target) { t.Optional = "" }, "providers/bad-is-not-anonymous", "needs an optional path", "paths/case"},
		"no restricted path": {func(t *conformance.Target) { t.Restricted = "" }, "outcomes/missing-role", "needs a restricted path", "routes/public"},
		"no grant":           {func(t *conformance.Target) { t.Grant = nil }, "outcomes/missing-role", "and tokens that open it", "routes/public"},
		"one token":          {oneToken, "tokens/hostile", "need a good signature", "tokens/hostile"},
		"one token, foreign": {oneToken, "providers/not-mine-is-not-anonymous", "needs tokens that the suite signs", "outcomes/bad-credential"},
	} {
		t.Run(name, func(t *testing.T) {
			service := target(url)
			c.leave(&service)
			got, err := conformance.CheckTarget(t.Context(), service)
			require.NoError(t, err)
			assert.Empty(t, got.Findings)
			assert.Contains(t, got.Tried, c.stillHas)
			assert.True(t, slices.ContainsFunc(got.NotTried, func(u conformance.Untried) bool {
				return u.Case == c.untried && strings.Contains(u.Reason, c.reason)
			}), "%v", got.NotTried)
		})
	}
}

func oneToken(t *conformance.Target) {
	t.Token = shopIssuer.Microkubes(coretest.Claims{"aud": audience})
	t.Issuer = nil
}

// direct maps paths to handlers, and "" to the handler of all others. Unlike a http.ServeMux it does not redirect.
type direct map[string]http.Handler

func (d direct) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, ok := d[r.URL.EscapedPath()]
	if !ok {
		h = d[""]
	}
	h.ServeHTTP(w, r)
}
