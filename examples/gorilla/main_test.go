package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

var issuer = coretest.NewIssuer("Microkubes JWT Authority")

func newChain(t *testing.T, options ...core.Provider) *core.SecurityChain {
	t.Helper()
	chain, err := core.NewSecurityChain(append(options, jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))...)
	require.NoError(t, err)
	return chain
}

func send(h http.Handler, method, target, token string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, target, nil)
	if token != "" {
		r.Header = coretest.Bearer(token)
	}
	h.ServeHTTP(w, r)
	return w
}

func TestService(t *testing.T) {
	router := routes(newChain(t))
	ann := issuer.Microkubes(coretest.Claims{"username": "ann", "roles": "admin", "scopes": "orders:write"})
	bob := issuer.Microkubes(coretest.Claims{"username": "bob", "roles": "user", "scopes": "orders:read"})
	for _, c := range []struct {
		method, path, token string
		status              int
		body                string
	}{
		{"GET", "/healthcheck", "", 200, "ok\n"},
		{"GET", "/hello/you", "", 401, `{"code":401,"message":"authentication required"}`},
		{"GET", "/hello/you", ann, 200, `["ann","you"]` + "\n"},
		{"GET", "/hello/you", ann + "x", 401, `{"code":401,"message":"invalid token"}`},
		{"POST", "/orders", ann, 200, `["ann",""]` + "\n"},
		{"POST", "/orders", bob, 403, ""},
		{"GET", "/admin/users", "", 401, ""},
		{"GET", "/admin/users", bob, 403, ""},
		{"GET", "/admin/users", ann, 200, `["ann",""]` + "\n"},
		{"GET", "/none", "", 404, ""},
		{"GET", "/admin/none", "", 404, ""}, // Use is for routes
		{"PUT", "/admin/users", "", 405, ""},
	} {
		w := send(router, c.method, c.path, c.token)
		assert.Equal(t, c.status, w.Code, "%s %s", c.method, c.path)
		if c.body != "" {
			assert.Equal(t, c.body, w.Body.String(), "%s %s", c.method, c.path)
		}
	}
}

func ok(http.ResponseWriter, *http.Request) {}

// TestTheWholeRouter has the chain in Use, which gorilla/mux does not call for requests without a route, and around the router.
func TestTheWholeRouter(t *testing.T) {
	sec := nethttp.New(newChain(t, core.PublicRoutes("/public/*")))
	for name, encoded := range map[string]bool{"decoded paths": false, "encoded paths": true} {
		t.Run(name, func(t *testing.T) {
			build := func() *mux.Router {
				router := mux.NewRouter()
				if encoded {
					router.UseEncodedPath()
				}
				router.HandleFunc("/admin", ok).Methods("GET")
				router.HandleFunc("/public/{name}", ok).Methods("GET")
				return router
			}
			used, around := build(), sec.Middleware(build())
			used.Use(sec.Middleware)
			for _, c := range []struct {
				method, target string
				used, around   int
			}{
				{"GET", "/admin", 401, 401},
				{"GET", "/public/x", 200, 200},
				{"GET", "/none", 404, 401},
				{"PUT", "/admin", 405, 401},
				{"GET", "//admin", 301, 400},
				{"GET", "/public/../admin", 301, 400},
			} {
				assert.Equal(t, c.used, send(used, c.method, c.target, "").Code, c.target)
				assert.Equal(t, c.around, send(around, c.method, c.target, "").Code, c.target)
			}
			for _, target := range []string{"/public%2F..%2Fadmin", "/public/%2e%2e/admin", "/public%2Fx", "/%61dmin", "/public/%2e"} {
				assert.Contains(t, []int{400, 401}, send(around, "GET", target, "").Code, target)
				assert.NotEqual(t, 200, send(used, "GET", target, "").Code, target)
			}
		})
	}
}

// TestStripPrefix has the chain inside http.StripPrefix, where rules compare the shortened path, and outside.
func TestStripPrefix(t *testing.T) {
	router := mux.NewRouter()
	router.HandleFunc("/users", ok)
	sec := nethttp.New(newChain(t, core.PublicRoutes("/users")))
	assert.Equal(t, 200, send(http.StripPrefix("/admin", sec.Middleware(router)), "GET", "/admin/users", "").Code, "the trap")
	assert.Equal(t, 401, send(sec.Middleware(http.StripPrefix("/admin", router)), "GET", "/admin/users", "").Code)
}

// TestMethodOverride has an override around the router, and one in Use.
func TestMethodOverride(t *testing.T) {
	override := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Method = r.Header.Get("X-Http-Method-Override")
			next.ServeHTTP(w, r)
		})
	}
	build := func(middlewares ...mux.MiddlewareFunc) http.Handler {
		router := mux.NewRouter()
		router.Use(middlewares...)
		router.HandleFunc("/x", ok).Methods("DELETE")
		return router
	}
	sec := nethttp.New(newChain(t, core.PublicRoutes("GET /x")))
	overridden := func(h http.Handler, method, chosen string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "/x", nil)
		r.Header.Set("X-Http-Method-Override", chosen)
		h.ServeHTTP(w, r)
		return w.Code
	}
	assert.Equal(t, 401, overridden(override(build(sec.Middleware)), "GET", "DELETE"))
	assert.Equal(t, 200, overridden(build(override, sec.Middleware), "DELETE", "GET"), "the trap")
}
