package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
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
		{"GET", "/reports/may", "", 401, ""},
		{"GET", "/reports/may", bob, 200, `["bob","may"]` + "\n"},
		{"GET", "/hello/a%2Fb", ann, 400, ""}, // chi would dispatch on the path as it was sent
		{"GET", "/hello/a%20b", ann, 200, `["ann","a b"]` + "\n"},
		{"GET", "/none", "", 404, ""}, // a Group guards its own routes
		{"GET", "/reports/may/none", "", 401, ""},
	} {
		w := send(router, c.method, c.path, c.token)
		assert.Equal(t, c.status, w.Code, "%s %s", c.method, c.path)
		if c.body != "" {
			assert.Equal(t, c.body, w.Body.String(), "%s %s", c.method, c.path)
		}
	}
}

func ok(http.ResponseWriter, *http.Request) {}

// TestTheWholeRouter has the chain in Use of the root router: it runs for requests without a route, too, and rules compare whole
// paths below a mounted router.
func TestTheWholeRouter(t *testing.T) {
	router := chi.NewRouter()
	router.Use(nethttp.New(newChain(t, core.PublicRoutes("/docs/public/*"))).Middleware)
	docs := chi.NewRouter()
	docs.Get("/public/{name}", ok)
	docs.Get("/docs/public/{name}", ok)
	router.Mount("/docs", docs)
	router.Post("/x", ok)
	for target, status := range map[string]int{
		"/docs/public/x": 200, "/docs/docs/public/x": 401, "/public/x": 401, "/none": 401, "/x": 401, "/docs/public%2Fx": 400,
	} {
		assert.Equal(t, status, send(router, "GET", target, "").Code, target)
	}
	assert.Panics(t, func() { router.Use(nethttp.New(newChain(t)).Middleware) }, "chi forbids a late Use")
}

// TestPathsThatOnlyChiSees has middleware that changes the path in chi's own context. In front of the chain, or behind it in the
// same Use, chi dispatches on another path than the rules have compared.
func TestPathsThatOnlyChiSees(t *testing.T) {
	build := func(middlewares ...func(http.Handler) http.Handler) http.Handler {
		router := chi.NewRouter()
		router.Use(middlewares...)
		router.Get("/admin", ok)
		return router
	}
	sec := nethttp.New(newChain(t, core.PublicRoutes("/admin/")))
	assert.Equal(t, 200, send(build(middleware.StripSlashes, sec.Middleware), "GET", "/admin/", "").Code, "the trap")
	assert.Equal(t, 200, send(build(sec.Middleware, middleware.StripSlashes), "GET", "/admin/", "").Code, "the trap")
	right := build(middleware.RedirectSlashes, sec.Middleware)
	assert.Equal(t, 301, send(right, "GET", "/admin/", "").Code)
	assert.Equal(t, 401, send(right, "GET", "/admin", "").Code)
}

// TestMethodOverride has an override in Use of the root router, in front of the chain, and one behind it.
func TestMethodOverride(t *testing.T) {
	override := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Method = http.MethodDelete
			next.ServeHTTP(w, r)
		})
	}
	build := func(middlewares ...func(http.Handler) http.Handler) http.Handler {
		router := chi.NewRouter()
		router.Use(middlewares...)
		router.Delete("/x", ok)
		return router
	}
	sec := nethttp.New(newChain(t, core.PublicRoutes("POST /x")))
	assert.Equal(t, 401, send(build(override, sec.Middleware), "POST", "/x", "").Code)
	assert.Equal(t, 200, send(build(sec.Middleware, override), "POST", "/x", "").Code, "the trap")
}
