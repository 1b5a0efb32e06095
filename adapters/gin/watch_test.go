package ginsec_test

import (
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// uncalled is a handler or middleware that no audit may call.
func uncalled(*gin.Context) { panic("the handler was called") }

func TestWatch(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs"))
	then := sec.Then(core.RequireScopes("s"))
	chain, err := core.NewSecurityChain(byName)
	require.NoError(t, err)
	open := ginsec.New(chain.Public())
	wrapped := func(c *gin.Context) { sec.Middleware(c) }
	for _, c := range []struct {
		name string
		add  func(*gin.Engine)
		want audit.Decision
		path string
	}{
		{"a bare handler", func(e *gin.Engine) { e.GET("/x", uncalled) }, audit.Undecided, "/x"},
		{"secured", func(e *gin.Engine) { e.GET("/x", sec.Secured(uncalled)) }, audit.Guarded, "/x"},
		{"secured behind a function", func(e *gin.Engine) { e.GET("/x", uncalled, sec.Secured(uncalled)) }, audit.Undecided, "/x"},
		{"behind a function of a group", func(e *gin.Engine) { e.Group("/v1", uncalled, sec.Middleware).GET("/x", uncalled) }, audit.Undecided, "/v1/x"},
		{"behind one in Public", func(e *gin.Engine) { e.Group("/v1", sec.Public(uncalled), sec.Middleware).GET("/x", uncalled) }, audit.Guarded, "/v1/x"},
		{"behind one and a public guard", func(e *gin.Engine) { e.GET("/x", open.Middleware, uncalled, sec.Secured(uncalled)) }, audit.Undecided, "/x"},
		{"behind one on a public path", func(e *gin.Engine) {
			e.GET("/docs", sec.Middleware, uncalled, sec.With(core.RequireAuth()).Secured(uncalled))
		}, audit.Undecided, "/docs"},
		{"guarded in front of one", func(e *gin.Engine) { e.GET("/x", sec.Middleware, uncalled, then.Secured(uncalled)) }, audit.Guarded, "/x"},
		{"public", func(e *gin.Engine) { e.GET("/x", sec.Public(uncalled)) }, audit.Public, "/x"},
		{"a public path", func(e *gin.Engine) { e.GET("/docs", sec.Secured(uncalled)) }, audit.Public, "/docs"},
		{"secured twice", func(e *gin.Engine) { e.GET("/x", sec.Public(sec.Secured(uncalled))) }, audit.Guarded, "/x"},
		{"on the route", func(e *gin.Engine) { e.GET("/x", sec.Middleware, uncalled, uncalled) }, audit.Guarded, "/x"},
		{"behind the handler", func(e *gin.Engine) { e.GET("/x", uncalled, sec.Middleware) }, audit.Undecided, "/x"},
		{"a group", func(e *gin.Engine) { e.Group("/v1", sec.Middleware).GET("/x/:id", uncalled) }, audit.Guarded, "/v1/x/:id"},
		{"then in a group", func(e *gin.Engine) { e.Group("/v1", sec.Middleware).GET("/x", then.Secured(uncalled)) }, audit.Guarded, "/v1/x"},
		{"a group in a group", func(e *gin.Engine) { e.Group("/v1", sec.Middleware).Group("/v2", uncalled).GET("/x", uncalled) }, audit.Guarded, "/v1/v2/x"},
		{"Use", func(e *gin.Engine) { e.Use(uncalled, sec.Middleware); e.GET("/x", uncalled) }, audit.Guarded, "/x"},
		{"a late Use", func(e *gin.Engine) { e.GET("/x", uncalled); e.Use(sec.Middleware) }, audit.Undecided, "/x"},
		{"behind a public function of Use", func(e *gin.Engine) { e.Use(sec.Public(uncalled)); e.GET("/x", uncalled) }, audit.Undecided, "/x"},
		{"guarded behind it", func(e *gin.Engine) { e.Use(sec.Public(uncalled)); e.GET("/x", sec.Secured(uncalled)) }, audit.Guarded, "/x"},
		{"public behind it", func(e *gin.Engine) { e.Use(sec.Public(uncalled)); e.GET("/x", sec.Public(uncalled)) }, audit.Public, "/x"},
		{"behind a public guard", func(e *gin.Engine) { e.Use(open.Middleware); e.GET("/x", uncalled) }, audit.Public, "/x"},
		{"behind a secured function", func(e *gin.Engine) { e.Use(sec.Secured(uncalled)); e.GET("/x", uncalled) }, audit.Guarded, "/x"},
		{"in a wrapper", func(e *gin.Engine) { e.GET("/x", wrapped, uncalled) }, audit.Undecided, "/x"},
		{"an open NoRoute", func(e *gin.Engine) { e.NoRoute(uncalled) }, audit.Undecided, "/*path"},
		{"a guarded NoRoute", func(e *gin.Engine) { e.NoRoute(sec.With(core.RequireAuth()).Secured(uncalled)) }, audit.Guarded, "/*path"},
		{"NoMethod behind a late Use", func(e *gin.Engine) { e.NoMethod(uncalled); e.Use(then.Middleware) }, audit.Guarded, "/*path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := gin.New()
			c.add(e)
			report := ginsec.Watch(e).Report()
			require.Len(t, report.Routes, 1, report.String())
			assert.Equal(t, c.path, report.Routes[0].Path)
			assert.Equal(t, c.want, report.Routes[0].Decision, report.String())
		})
	}
}

// TestRemedyForUnknownPaths: "/*path" is not in the source of the service, so the remedy has the names of the calls that are.
func TestRemedyForUnknownPaths(t *testing.T) {
	for name, add := range map[string]func(*gin.Engine){
		"NoRoute":  func(e *gin.Engine) { e.NoRoute(uncalled) },
		"NoMethod": func(e *gin.Engine) { e.NoMethod(uncalled) },
	} {
		t.Run(name, func(t *testing.T) {
			e := gin.New()
			add(e)
			undecided := ginsec.Watch(e).Report().Undecided()
			require.Len(t, undecided, 1)
			assert.Contains(t, undecided[0].Remedy, "these handlers are those of e."+name)
		})
	}
}

// TestWatchAgreesWithGin asks Gin itself: a request without a credential reaches the handlers of exactly those routes that are not
// guarded. The paths share beginnings, so that Gin's tree has inner nodes.
func TestWatchAgreesWithGin(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs"))
	served := func(c *gin.Context) { c.String(200, "served") }
	e := gin.New()
	watched := ginsec.Watch(e)
	e.GET("/order", served)
	e.GET("/orders", sec.Secured(served))
	e.POST("/orders", sec.Public(served))
	e.GET("/orders/:id", served)
	e.GET("/orders/:id/lines", sec.Secured(served))
	e.GET("/docs", sec.Secured(served))
	e.Use(sec.Middleware)
	e.GET("/or", served)
	e.GET("/static/*file", served)
	report := watched.Report()
	require.Len(t, report.Routes, 8)
	for _, r := range report.Routes {
		assert.Equal(t, r.Decision == audit.Guarded, do(e, request(r.Method, r.Path, "")).Code == 401, "%s\n%s", r.Path, report)
	}
	assert.Len(t, report.Undecided(), 2)
}
