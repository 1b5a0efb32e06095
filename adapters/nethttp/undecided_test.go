package nethttp_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core/audit"
)

// failures is a test that records how it failed.
type failures struct{ all []any }

func (*failures) Helper()             {}
func (f *failures) Error(args ...any) { f.all = append(f.all, args...) }

// undecided returns the routes that the audit finds nobody has decided on. Its error, its table and its check for tests must have
// each of them, with what to change.
func undecided(t *testing.T, watched *audit.Audit) (routes []string) {
	t.Helper()
	report := watched.Report()
	var f failures
	audit.Check(&f, watched)
	for _, r := range report.Undecided() {
		name := r.Method + " " + r.Host + r.Path
		routes = append(routes, name)
		assert.NotEmpty(t, r.Remedy, name)
		assert.ErrorContains(t, report.Err(), r.Path+": "+r.Remedy)
		assert.Contains(t, fmt.Sprint(f.all), r.Path+": "+r.Remedy)
		assert.Contains(t, report.String(), r.Remedy)
	}
	assert.Equal(t, len(routes) == 0, len(f.all) == 0, "the check for tests fails if there is an undecided route")
	return routes
}

// TestAuditFindsUndecidedRoutes adds routes without a decision to a service that has none. A group of net/http is a mux in a mux.
func TestAuditFindsUndecidedRoutes(t *testing.T) {
	sec := newSecurity(t)
	for _, c := range []struct {
		name string
		add  func(*nethttp.Mux)
		want []string
	}{
		{"none", func(*nethttp.Mux) {}, nil},
		{"handler", func(m *nethttp.Mux) {
			m.HandleFunc("GET /new", uncalled)
			m.HandleFunc("POST /new", func(w http.ResponseWriter, r *http.Request) { sec.Secured(uncalled)(w, r) })
			m.Handle("PURGE a.test/new/{id}", http.TimeoutHandler(sec.Secured(uncalled), 0, ""))
		}, []string{"GET /new", "POST /new", "PURGE a.test/new/{id}"}},
		{"group", func(m *nethttp.Mux) {
			v1, v2, v3 := new(nethttp.Mux), new(nethttp.Mux), new(nethttp.Mux)
			m.Handle("/v1/", v1)
			v1.HandleFunc("GET /v1/new", uncalled)
			v1.HandleFunc("GET /v1/secured", sec.Secured(uncalled))
			m.Handle("/v2/", v2)
			v2.Handle("/v2/v3/", v3)
			v3.HandleFunc("PUT /v2/v3/new", uncalled)
		}, []string{"GET /v1/new", "PUT /v2/v3/new"}},
		{"mount", func(m *nethttp.Mux) {
			inner := new(nethttp.Mux)
			inner.HandleFunc("GET /new", sec.Secured(uncalled))
			m.Handle("/mux/", http.NewServeMux())
			m.Handle("/stripped/", http.StripPrefix("/stripped", inner))
			m.Handle("GET /files/", http.FileServer(http.Dir(".")))
		}, []string{" /mux/{...}", " /stripped/{...}", "GET /files/{...}"}},
		{"late Use", func(m *nethttp.Mux) {
			late := new(nethttp.Mux)
			late.HandleFunc("GET /late/new", uncalled)
			m.Handle("/late/", late)
			_ = sec.Middleware(late) // in front of nothing: the mux was added without it
			m.HandleFunc("GET /latest", uncalled)
			_ = sec.Middleware(m)
		}, []string{"GET /late/new", "GET /latest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			mux, guarded := new(nethttp.Mux), new(nethttp.Mux)
			watched := nethttp.Watch(mux)
			mux.Handle("GET /secured", sec.Secured(uncalled))
			mux.Handle("GET /public", sec.Public(uncalled))
			mux.Handle("/guarded/", sec.Middleware(guarded))
			guarded.HandleFunc("GET /guarded/x", uncalled)
			c.add(mux)
			assert.ElementsMatch(t, c.want, undecided(t, watched))
		})
	}
}
