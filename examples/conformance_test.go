package examples_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/conformance"
)

// Both routers serve a copy of the request. TestRoutersCopyRequests measures that without a chain.
const (
	copiedForm    = "the router serves a copy of the request, so the server does not see a form that a handler parses"
	copiedPattern = "the router serves a copy of the request, so middleware in front does not see a Pattern that a handler sets"
	copiedTrailer = "the router serves a copy of the request, and the server sets trailers on its own"
)

// TestRoutersConform runs the conformance suite with routers of net/http that need no adapter of their own.
func TestRoutersConform(t *testing.T) {
	for _, c := range []struct {
		name   string
		build  func(app conformance.App) http.Handler
		exempt map[string]string
	}{
		{"chi", buildChi, map[string]string{
			"handlers/uploads": copiedForm, "outside/pattern": copiedPattern, "handlers/trailers": copiedTrailer}},
		// The chain of the app is around this router: it makes the map for the trailers before the request is copied.
		{"gorilla", buildGorilla, map[string]string{"handlers/uploads": copiedForm, "outside/pattern": copiedPattern}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conformance.Run(t, conformance.Harness{Name: c.name, Timeout: time.Minute, Exempt: c.exempt, Serve: func(app conformance.App) (string, func(), error) {
				server := httptest.NewServer(around(app, c.build(app)))
				return server.Listener.Addr().String(), server.Close, nil
			}})
		})
	}
}

// TestRoutersCopyRequests measures the reasons of the exemptions, with no chain.
func TestRoutersCopyRequests(t *testing.T) {
	for name, build := range map[string]func(conformance.App) http.Handler{"chi": buildChi, "gorilla": buildGorilla} {
		t.Run(name, func(t *testing.T) {
			var inner *http.Request
			router := build(conformance.App{Routes: []conformance.Route{{Method: "GET", Path: "/x", Guard: conformance.Bare,
				HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inner = r })}}})
			outer := httptest.NewRequest(http.MethodGet, "/x", nil)
			router.ServeHTTP(httptest.NewRecorder(), outer)
			require.NotNil(t, inner)
			assert.NotSame(t, outer, inner)
		})
	}
}

func buildChi(app conformance.App) http.Handler {
	router := chi.NewRouter()
	if app.Chain != nil {
		router.Use(nethttp.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		path, _, _ := strings.Cut(r.Path, "{rest...}")
		if path != r.Path {
			path += "*"
		}
		switch h := handler(r); r.Guard {
		case conformance.Grouped:
			router.With(security(r).Middleware).Method(r.Method, path, h)
		default:
			router.Method(r.Method, path, guarded(r, h))
		}
	}
	return router
}

func buildGorilla(app conformance.App) http.Handler {
	router := mux.NewRouter()
	for _, r := range app.Routes {
		path := strings.Replace(r.Path, "...}", ":.*}", 1)
		switch h := handler(r); r.Guard {
		case conformance.Grouped:
			group := router.NewRoute().Subrouter()
			group.Use(security(r).Middleware)
			group.Handle(path, h).Methods(r.Method)
		default:
			router.Handle(path, guarded(r, h)).Methods(r.Method)
		}
	}
	if app.Chain != nil {
		return nethttp.New(app.Chain).Middleware(router) // router.Use is not for requests without a route
	}
	return router
}

func security(r conformance.Route) *nethttp.Security { return nethttp.New(r.Chain).With(r.With...) }

func guarded(r conformance.Route, h http.Handler) http.Handler {
	switch r.Guard {
	case conformance.Bare:
		return h
	case conformance.Public:
		return security(r).Public(h.ServeHTTP)
	default:
		return security(r).Secured(h.ServeHTTP)
	}
}

func handler(r conformance.Route) http.Handler {
	if r.HTTP != nil {
		return r.HTTP
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.Handle(q.Context(), q.Header.Get).WriteTo(w)
	})
}

// around is the middleware in front of everything.
func around(app conformance.App, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app.Override != nil {
			r.Method = cmp.Or(app.Override(r.Header.Get), r.Method)
		}
		if app.Front != nil {
			ctx, reply := app.Front(r.Context(), r.Header.Get)
			if reply.WriteTo(w) {
				return
			}
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
		if app.Back != nil {
			app.Back(r.Context(), r.Pattern)
		}
	})
}
