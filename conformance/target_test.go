package conformance_test

import (
	"encoding/json"
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

// target describes a service with the paths of these tests. Its tokens have the audience.
func target(url string) conformance.Target {
	return conformance.Target{
		Name: "stranger", URL: url, Timeout: patience, Issuer: issuer, Claims: coretest.Claims{"aud": audience},
		Protected: "/shop/orders", Public: "/open/health", Optional: "/shop/me", Restricted: "/shop/admin",
		Grant: coretest.Claims{"scopes": "admin"},
	}
}

// strictService serves the paths of target with this library, below a prefix.
func strictService(t *testing.T, prefix string) string {
	t.Helper()
	tokens := jwt.New(issuer.Keys(), jwt.Config{Issuers: []string{issuer.Name}, Audiences: []string{audience}})
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
		x, _ := json.MarshalIndent(got.Findings, "", " ")
		assert.Empty(t, got.Findings, string(x))
		t.Log(got.Requests, len(got.Tried), len(got.NotTried))
	}
	_ = slices.Sorted[string]
	_ = strings.Cut
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
