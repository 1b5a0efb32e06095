package echosec_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/core"
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

// TestAuditFindsUndecidedRoutes adds routes without a decision to a service that has none.
func TestAuditFindsUndecidedRoutes(t *testing.T) {
	sec := newSecurity(t)
	for _, c := range []struct {
		name string
		add  func(*echo.Echo)
		want []string
	}{
		{"none", func(*echo.Echo) {}, nil},
		{"handler", func(e *echo.Echo) {
			e.GET("/new", uncalled)
			e.POST("/new", wrapped(sec.Secured(uncalled)))
			e.Add("PURGE", "/new/:id", uncalled, through)
		}, []string{"GET /new", "POST /new", "PURGE /new/:id"}},
		{"group", func(e *echo.Echo) {
			e.Group("/v1").GET("/new", uncalled)
			e.Group("/v2", through).Group("/v3").PUT("/new", uncalled)
		}, []string{"GET /v1/new", "PUT /v2/v3/new"}},
		{"mount", func(e *echo.Echo) {
			e.GET("/mux/*", echo.WrapHandler(http.NewServeMux()))
			e.Static("/files", ".")
			e.Host("a.test").GET("/new", uncalled)
			e.RouteNotFound("/*", uncalled)
		}, []string{"GET /mux/*", "GET /files*", "GET a.test/new", " /*"}},
		{"late Use", func(e *echo.Echo) {
			g := e.Group("/late")
			g.GET("/new", uncalled)
			g.Use(sec.Middleware)
			g.GET("/newer", uncalled)
			e.GET("/latest", uncalled)
			e.Use(through)
		}, []string{"GET /late/new", "GET /latest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo.New()
			watched := echosec.Watch(e)
			e.GET("/secured", sec.Secured(uncalled))
			e.GET("/public", sec.Public(uncalled))
			e.Group("/guarded", sec.Middleware).GET("/x", uncalled)
			c.add(e)
			assert.ElementsMatch(t, c.want, undecided(t, watched))
		})
	}
}

// TestTheLastParameterTakesSlashes asks Echo itself: a parameter at the end of a route takes the rest of a path, unless another
// route continues behind it. PublicRoutes may open a longer path then.
func TestTheLastParameterTakesSlashes(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs/a/b"))
	for _, c := range []struct {
		name  string
		other string
		want  audit.Decision
	}{
		{"the only route", "/other/:id/c", audit.Partly},
		{"of another name", "/docs/:name", audit.Partly},
		{"another route goes on", "/docs/:name/c", audit.Guarded},
		{"another route goes on with a colon", `/docs/:id\:verb`, audit.Partly},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo.New()
			watched := echosec.Watch(e)
			e.GET("/docs/:id", sec.Secured(ok))
			e.POST(c.other, sec.Secured(ok))
			open := false
			for _, r := range watched.Report().Routes {
				if r.Path == "/docs/:id" {
					open = true
					assert.Equal(t, c.want, r.Decision, r.Decision.String())
				}
			}
			assert.True(t, open, "the path is as the service wrote it")
			assert.Equal(t, c.want == audit.Partly, do(e, request("GET", "/docs/a/b", "")).Code == 200)
		})
	}
}
