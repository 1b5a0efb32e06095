package ginsec_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
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
		add  func(*gin.Engine)
		want []string
	}{
		{"none", func(*gin.Engine) {}, nil},
		{"handler", func(e *gin.Engine) {
			e.GET("/new", uncalled)
			e.POST("/new", func(c *gin.Context) { sec.Secured(uncalled)(c) })
			e.Handle("PURGE", "/new/:id", uncalled, uncalled)
			e.PUT("/new", uncalled, sec.Middleware)
		}, []string{"GET /new", "POST /new", "PURGE /new/:id", "PUT /new"}},
		{"group", func(e *gin.Engine) {
			e.Group("/v1").GET("/new", uncalled)
			e.Group("/v2", uncalled).Group("/v3").PUT("/new", uncalled)
		}, []string{"GET /v1/new", "PUT /v2/v3/new"}},
		{"mount", func(e *gin.Engine) {
			e.GET("/mux/*rest", gin.WrapH(http.NewServeMux()))
			e.StaticFS("/files", http.Dir("."))
			e.NoRoute(uncalled)
		}, []string{"GET /mux/*rest", "GET /files/*filepath", "HEAD /files/*filepath", " /*path"}},
		{"late Use", func(e *gin.Engine) {
			g := e.Group("/late")
			g.GET("/new", uncalled)
			g.Use(sec.Middleware)
			g.GET("/newer", uncalled)
			e.GET("/latest", uncalled)
			e.Use(uncalled, sec.Middleware)
		}, []string{"GET /late/new", "GET /latest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := gin.New()
			watched := ginsec.Watch(e)
			e.GET("/secured", sec.Secured(uncalled))
			e.GET("/public", sec.Public(uncalled))
			e.Group("/guarded", sec.Middleware).GET("/x", uncalled)
			c.add(e)
			assert.ElementsMatch(t, c.want, undecided(t, watched))
		})
	}
}
