package echosec_test

import (
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// uncalled is a handler that no audit may call.
func uncalled(*echo.Context) error { panic("the handler was called") }

// through is middleware of the service. Echo calls it once for a route or a router; an audit may not run what it returns.
func through(echo.HandlerFunc) echo.HandlerFunc { return uncalled }

// wrapped hides a handler from the audit.
func wrapped(h echo.HandlerFunc) echo.HandlerFunc { return func(c *echo.Context) error { return h(c) } }

func TestWatch(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs"))
	admin := sec.With(core.RequireRoles("admin"))
	deep := newSecurity(t, core.PublicRoutes("/docs/a/b"))
	hidden := func(next echo.HandlerFunc) echo.HandlerFunc { return sec.Middleware(next) }
	for _, c := range []struct {
		name string
		add  func(*echo.Echo)
		want audit.Decision
		path string
	}{
		{"a bare handler", func(e *echo.Echo) { e.GET("/x", uncalled) }, audit.Undecided, "/x"},
		{"secured", func(e *echo.Echo) { e.GET("/x", sec.Secured(uncalled)) }, audit.Guarded, "/x"},
		{"public", func(e *echo.Echo) { e.GET("/x", sec.Public(uncalled)) }, audit.Public, "/x"},
		{"a public path", func(e *echo.Echo) { e.GET("/docs", sec.Secured(uncalled)) }, audit.Public, "/docs"},
		{"a public path that requires", func(e *echo.Echo) { e.GET("/docs", admin.Secured(uncalled)) }, audit.Guarded, "/docs"},
		{"a path that may be public, with slashes", func(e *echo.Echo) { e.GET("/:page", deep.Secured(uncalled)) }, audit.Partly, "/:page"},
		{"a path that may be public", func(e *echo.Echo) { e.GET("/:page", sec.Secured(uncalled)) }, audit.Partly, "/:page"},
		{"the zero chain", func(e *echo.Echo) { e.GET("/x", echosec.New(new(core.SecurityChain)).Secured(uncalled)) }, audit.Guarded, "/x"},
		{"secured twice", func(e *echo.Echo) { e.GET("/x", sec.Public(admin.Secured(uncalled))) }, audit.Guarded, "/x"},
		{"then behind it", func(e *echo.Echo) { e.GET("/x", sec.Secured(sec.Then(core.RequireRoles("a")).Secured(uncalled))) }, audit.Guarded, "/x"},
		{"on the route", func(e *echo.Echo) { e.GET("/x", uncalled, through, sec.Middleware) }, audit.Guarded, "/x"},
		{"as a value of the type", func(e *echo.Echo) { m := echo.MiddlewareFunc(sec.Middleware); e.GET("/x", uncalled, m) }, audit.Guarded, "/x"},
		{"a group", func(e *echo.Echo) { e.Group("/v1", sec.Middleware).GET("/x", uncalled) }, audit.Guarded, "/v1/x"},
		{"a group that is public", func(e *echo.Echo) { e.Group("/v1", sec.Public).GET("/x", uncalled) }, audit.Public, "/v1/x"},
		{"a group with Secured", func(e *echo.Echo) { e.Group("/v1", sec.Secured).GET("/x", uncalled) }, audit.Guarded, "/v1/x"},
		{"a group in a group", func(e *echo.Echo) { e.Group("/v1", sec.Middleware).Group("/v2", through).GET("/x", uncalled) }, audit.Guarded, "/v1/v2/x"},
		{"a group that is guarded too late", func(e *echo.Echo) { g := e.Group("/v1"); g.GET("/x", uncalled); g.Use(sec.Middleware) }, audit.Undecided, "/v1/x"},
		{"Use", func(e *echo.Echo) { e.Use(through, sec.Middleware); e.GET("/x", uncalled) }, audit.Guarded, "/x"},
		{"a late Use", func(e *echo.Echo) { e.GET("/x", uncalled); e.Use(through); e.Use(sec.Middleware) }, audit.Guarded, "/x"},
		{"Pre", func(e *echo.Echo) { e.GET("/x", uncalled); e.Pre(sec.Middleware) }, audit.Guarded, "/x"},
		{"public behind Use", func(e *echo.Echo) { e.Use(sec.Middleware); e.GET("/x", sec.Public(uncalled)) }, audit.Guarded, "/x"},
		{"a guard in a wrapper", func(e *echo.Echo) { e.GET("/x", wrapped(sec.Secured(uncalled))) }, audit.Undecided, "/x"},
		{"a guard around a wrapper", func(e *echo.Echo) { e.GET("/x", sec.Secured(wrapped(uncalled))) }, audit.Guarded, "/x"},
		{"middleware in a wrapper", func(e *echo.Echo) { e.GET("/x", uncalled, hidden) }, audit.Undecided, "/x"},
		{"a file", func(e *echo.Echo) { e.File("/x", "x") }, audit.Undecided, "/x"},
		{"a handler for unknown paths", func(e *echo.Echo) { e.RouteNotFound("/*", uncalled) }, audit.Undecided, "/*"},
		{"a public path without a slash", func(e *echo.Echo) { e.GET("docs", sec.Secured(uncalled)) }, audit.Public, "/docs"},
		{"any method", func(e *echo.Echo) { e.Any("/x", uncalled) }, audit.Undecided, "/x"},
		{"a path without a slash", func(e *echo.Echo) { e.GET("x", sec.Secured(uncalled)) }, audit.Guarded, "/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo.New()
			watched := echosec.Watch(e)
			c.add(e)
			report := watched.Report()
			require.Len(t, report.Routes, 1)
			assert.Equal(t, c.path, report.Routes[0].Path)
			assert.Equal(t, c.want, report.Routes[0].Decision, report.String())
			if c.want == audit.Undecided {
				assert.ErrorContains(t, report.Err(), c.path+": no guard was found: wrap the handler in Secured")
			}
		})
	}
}

// TestWatchAgreesWithEcho asks Echo itself: a request without a credential reaches the handlers of exactly those routes that are
// not guarded.
func TestWatchAgreesWithEcho(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs", "/docs/*"))
	e := echo.New()
	watched := echosec.Watch(e)
	e.Use(middleware.Recover())
	e.GET("/bare", ok)
	e.GET("/secured", sec.Secured(ok))
	e.GET("/public", sec.Public(ok))
	e.GET("/docs", sec.Secured(ok))
	e.GET("/docs/", sec.Secured(ok))
	e.GET("/docs/a", sec.With(core.RequireAuth()).Secured(ok))
	e.GET("/then", sec.Then().Secured(ok))
	e.GET("/nested", sec.Public(sec.Secured(ok)))
	g := e.Group("/v1", middleware.RequestID(), sec.Middleware)
	g.GET("/x", ok)
	g.GET("/then", sec.Then().Secured(ok))
	g.GET("/public", sec.Public(ok))
	e.Group("/v2").GET("/x", ok)
	report := watched.Report()
	require.Len(t, report.Routes, 12, "unknown paths below a group are not routes")
	for _, r := range report.Routes {
		guarded := r.Decision == audit.Guarded
		assert.Equal(t, guarded, do(e, request(r.Method, r.Path, "")).Code == 401, "%s\n%s", r.Path, report)
	}
	assert.Len(t, report.Undecided(), 2)
	assert.Equal(t, 200, do(e, request("GET", "/v1/x", "ann")).Code, "the guards still serve")
}

func TestWatchTellsRequirements(t *testing.T) {
	sec := newSecurity(t)
	e := echo.New()
	watched := echosec.Watch(e)
	e.POST("/orders", sec.With(core.RequireScopes("orders:write")).Secured(uncalled))
	e.Group("/v1", sec.Middleware).GET("/x", sec.Then(core.RequireAnyScope("b", "a")).Secured(uncalled))
	report := watched.Report()
	require.Len(t, report.Routes, 2)
	assert.Equal(t, []string{`the scope "orders:write"`}, report.Routes[0].Guards[0].Requirements)
	require.Len(t, report.Routes[1].Guards, 2, "the guard of the group and that of the route, in this order")
	assert.Equal(t, []string{`one of the scopes "b", "a"`}, report.Routes[1].Guards[1].Requirements)
	assert.Equal(t, []string{"a", "b", "orders:write"}, report.Scopes())
	audit.Check(t, watched)
}

func TestWatchKeepsTheHookOfTheService(t *testing.T) {
	e := echo.New()
	var paths []string
	e.OnAddRoute = func(r echo.Route) error {
		if r.Path == "/refused" {
			return assert.AnError
		}
		paths = append(paths, r.Path)
		return nil
	}
	e.GET("/before", uncalled)
	watched := echosec.Watch(e)
	e.GET("/after", newSecurity(t).Secured(uncalled))
	_, err := e.AddRoute(echo.Route{Method: "GET", Path: "/refused", Handler: uncalled})
	assert.ErrorIs(t, err, assert.AnError)
	assert.Equal(t, []string{"/before", "/after"}, paths)
	undecided := watched.Report().Undecided()
	require.Len(t, undecided, 1)
	assert.Equal(t, "/before", undecided[0].Path, "a route from before the audit is listed")
	assert.Contains(t, undecided[0].Remedy, "call Watch before the first route")
	e.OnAddRoute = nil
	e.GET("/later", newSecurity(t).Secured(uncalled))
	undecided = watched.Report().Undecided()
	require.Len(t, undecided, 2)
	assert.Contains(t, undecided[1].Remedy, "set e.OnAddRoute before Watch")
}

// TestWatchOfARouteAddedTwice has both orders. Which route serves depends on the router, so the audit reports the weaker one.
func TestWatchOfARouteAddedTwice(t *testing.T) {
	secured := newSecurity(t).Secured(uncalled)
	for _, c := range []struct {
		name      string
		overwrite bool
		handlers  []echo.HandlerFunc
	}{
		{"the second is refused", false, []echo.HandlerFunc{uncalled, secured}},
		{"the open second is refused", false, []echo.HandlerFunc{secured, uncalled}},
		{"the second replaces the first", true, []echo.HandlerFunc{secured, uncalled}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo.NewWithConfig(echo.Config{Router: echo.NewRouter(echo.RouterConfig{AllowOverwritingRoute: c.overwrite})})
			watched := echosec.Watch(e)
			_, err := e.AddRoute(echo.Route{Method: "GET", Path: "/x", Handler: c.handlers[0]})
			require.NoError(t, err)
			_, err = e.AddRoute(echo.Route{Method: "GET", Path: "/x", Handler: c.handlers[1]})
			assert.Equal(t, c.overwrite, err == nil)
			report := watched.Report()
			require.Len(t, report.Routes, 1)
			assert.Equal(t, audit.Undecided, report.Routes[0].Decision)
		})
	}
}
