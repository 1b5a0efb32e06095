package nethttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// uncalled is a handler that no audit may call.
func uncalled(http.ResponseWriter, *http.Request) { panic("the handler was called") }

func TestWatch(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs", "/static/logo"))
	wrapped := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { h(w, r) }
	}
	bare := http.HandlerFunc(uncalled)
	under := func(pattern string, h http.Handler) *nethttp.Mux {
		m := new(nethttp.Mux)
		m.Handle(pattern, h)
		return m
	}
	for _, c := range []struct {
		name, pattern string
		handler       http.Handler
		want          audit.Decision
		route         string
	}{
		{"a bare handler", "GET /x", bare, audit.Undecided, "GET /x"},
		{"secured", "GET /x", sec.Secured(uncalled), audit.Guarded, "GET /x"},
		{"middleware", "/x", sec.Middleware(bare), audit.Guarded, " /x"},
		{"public", "/x", sec.Public(uncalled), audit.Public, " /x"},
		{"secured twice", "/x", sec.Public(sec.Secured(uncalled)), audit.Guarded, " /x"},
		{"a public path", "GET /docs", sec.Secured(uncalled), audit.Public, "GET /docs"},
		{"paths with one that is public", "/static/", sec.Secured(uncalled), audit.Partly, " /static/{...}"},
		{"paths with none that is public", "/other/", sec.Secured(uncalled), audit.Guarded, " /other/{...}"},
		{"one path with a slash", "/static/{$}", sec.Secured(uncalled), audit.Guarded, " /static/"},
		{"a host and a method", "GET\ta.test/x", bare, audit.Undecided, "GET a.test/x"},
		{"in a wrapper", "/x", wrapped(sec.Secured(uncalled)), audit.Undecided, " /x"},
		{"around a wrapper", "/x", sec.Secured(wrapped(uncalled)), audit.Guarded, " /x"},
		{"a mux behind middleware", "/v1/", sec.Middleware(under("GET /v1/x", bare)), audit.Guarded, "GET /v1/x"},
		{"then in a mux", "/v1/", sec.Middleware(under("/v1/x", sec.Then().Secured(uncalled))), audit.Guarded, " /v1/x"},
		{"a bare mux", "/v1/", under("/v1/x", bare), audit.Undecided, " /v1/x"},
		{"a mux behind a prefix", "/v1/", http.StripPrefix("/v1", under("/x", sec.Secured(uncalled))), audit.Undecided, " /v1/{...}"},
		{"a mux of net/http", "/v1/", http.NewServeMux(), audit.Undecided, " /v1/{...}"},
		{"a guarded mux of net/http", "/v1/", sec.Middleware(http.NewServeMux()), audit.Guarded, " /v1/{...}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mux := new(nethttp.Mux)
			watched := nethttp.Watch(mux)
			mux.Handle(c.pattern, c.handler)
			report := watched.Report()
			require.Len(t, report.Routes, 1)
			r := report.Routes[0]
			assert.Equal(t, c.route, r.Method+" "+r.Host+r.Path)
			assert.Equal(t, c.want, r.Decision, report.String())
			guarded := nethttp.Watch(sec.With(core.RequireAuth()).Middleware(mux)).Report()
			assert.Equal(t, audit.Guarded, guarded.Routes[0].Decision, "a chain in front of all routes")
		})
	}
}

// TestWatchReadsEscapesOfPatterns has a pattern with an escaped letter, which a ServeMux decodes.
func TestWatchReadsEscapesOfPatterns(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs/*"))
	mux := new(nethttp.Mux)
	mux.HandleFunc("/docs/%61", sec.Secured(func(http.ResponseWriter, *http.Request) {}))
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/docs/a", nil))
	require.Equal(t, 200, answer.Code)
	assert.Equal(t, audit.Partly, nethttp.Watch(mux).Report().Routes[0].Decision)
}

// TestWatchEnds has two muxes that are inside each other. Their routes are listed once.
func TestWatchEnds(t *testing.T) {
	sec := newSecurity(t)
	outer, inner := new(nethttp.Mux), new(nethttp.Mux)
	outer.Handle("/a/", sec.Middleware(inner))
	outer.HandleFunc("/x", uncalled)
	inner.Handle("/b/", outer)
	inner.HandleFunc("/a/y", uncalled)
	report := nethttp.Watch(outer).Report()
	require.Len(t, report.Routes, 2, report.String())
	assert.Equal(t, audit.Guarded, report.Routes[0].Decision)
	assert.Equal(t, audit.Undecided, report.Routes[1].Decision)
}

// TestMuxServesAsServeMux has the same patterns in both.
func TestMuxServesAsServeMux(t *testing.T) {
	var mux nethttp.Mux
	var original http.ServeMux
	name := func(_ http.ResponseWriter, _ *http.Request) {}
	for _, pattern := range []string{"GET /x", "/static/", "/a/{id}"} {
		mux.HandleFunc(pattern, name)
		original.HandleFunc(pattern, name)
	}
	for _, target := range []string{"/x", "/static", "/static/a", "/a/1", "/none"} {
		for _, method := range []string{"GET", "POST"} {
			r := httptest.NewRequest(method, target, nil)
			got, want := httptest.NewRecorder(), httptest.NewRecorder()
			mux.ServeHTTP(got, r)
			original.ServeHTTP(want, r)
			assert.Equal(t, want, got, method+" "+target)
			_, pattern := mux.Handler(r)
			_, wanted := original.Handler(r)
			assert.Equal(t, wanted, pattern)
		}
	}
	assert.Panics(t, func() { mux.HandleFunc("GET /x", name) }, "a duplicate")
	assert.Panics(t, func() { mux.HandleFunc("/nil", nil) })
	assert.Panics(t, func() { mux.Handle("/nil", nil) })
	assert.Len(t, nethttp.Watch(&mux).Report().Routes, 3, "what was refused is not a route")
}
