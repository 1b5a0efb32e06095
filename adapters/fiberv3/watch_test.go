package fibersec_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/requestid"
	"github.com/gofiber/fiber/v3/middleware/skip"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/routes"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// uncalled is a function of the service, which no audit may call.
func uncalled(fiber.Ctx) error { panic("the function was called") }

// TestWatch has one entry that may answer per service.
func TestWatch(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/docs"))
	then := sec.Then(core.RequireRoles("a"))
	guard := sec.Middleware
	hidden := func(c fiber.Ctx) error { return sec.Middleware(c) }
	wrapped := func(h fiber.Handler) fiber.Handler { return func(c fiber.Ctx) error { return h(c) } }
	in := func(app *fiber.App, add func(fiber.Router)) *fiber.App { add(app); return app }
	route := func(r fiber.Router) { r.Get("/x", uncalled) }
	for _, c := range []struct {
		name  string
		add   func(*fiber.App)
		want  audit.Decision
		route string
	}{
		{"a bare handler", func(app *fiber.App) { app.Get("/x", uncalled) }, audit.Undecided, "GET /x"},
		{"secured", func(app *fiber.App) { app.Get("/x", sec.Secured(uncalled)) }, audit.Guarded, "GET /x"},
		{"public", func(app *fiber.App) { app.Get("/x", sec.Public(uncalled)) }, audit.Public, "GET /x"},
		{"secured twice", func(app *fiber.App) { app.Get("/x", sec.Public(sec.Secured(uncalled))) }, audit.Guarded, "GET /x"},
		{"secured middleware", func(app *fiber.App) { app.Get("/x", sec.Secured(guard), uncalled) }, audit.Guarded, "GET /x"},
		{"on the route", func(app *fiber.App) { app.Get("/x", guard, uncalled, uncalled) }, audit.Guarded, "GET /x"},
		{"behind Fiber's middleware", func(app *fiber.App) { app.Get("/x", requestid.New(), guard, uncalled) }, audit.Guarded, "GET /x"},
		{"behind a function", func(app *fiber.App) { app.Get("/x", uncalled, guard, uncalled) }, audit.Undecided, "GET /x"},
		{"behind a public one", func(app *fiber.App) { app.Get("/x", sec.Public(uncalled), guard, uncalled) }, audit.Public, "GET /x"},
		{"behind the handler", func(app *fiber.App) { app.Get("/x", uncalled, guard) }, audit.Undecided, "GET /x"},
		{"every method", func(app *fiber.App) { app.All("/x", uncalled) }, audit.Undecided, " /x"},
		{"HEAD", func(app *fiber.App) { app.Head("/x", uncalled) }, audit.Undecided, "HEAD /x"},
		{"a public path", func(app *fiber.App) { app.Get("/docs", sec.Secured(uncalled)) }, audit.Partly, "GET /docs"},
		{"a public path in capitals", func(app *fiber.App) { app.Get("/DOCS/", sec.Secured(uncalled)) }, audit.Partly, "GET /DOCS/"},
		{"not that path", func(app *fiber.App) { app.Get("/docs/x", sec.Secured(uncalled)) }, audit.Guarded, "GET /docs/x"},
		{"a wrapper", func(app *fiber.App) { app.Get("/x", wrapped(sec.Secured(uncalled))) }, audit.Undecided, "GET /x"},
		{"around a wrapper", func(app *fiber.App) { app.Get("/x", sec.Secured(wrapped(uncalled))) }, audit.Guarded, "GET /x"},
		{"middleware in a wrapper", func(app *fiber.App) { app.Get("/x", hidden, uncalled) }, audit.Undecided, "GET /x"},
		{"skipped middleware", func(app *fiber.App) { app.Use(skip.New(guard, func(fiber.Ctx) bool { return true })) }, audit.Undecided, " /*"},
		{"Use", func(app *fiber.App) { app.Use(guard); app.Get("/x", uncalled) }, audit.Guarded, "GET /x"},
		{"a late Use", func(app *fiber.App) { app.Get("/x", uncalled); app.Use(guard) }, audit.Undecided, "GET /x"},
		{"Use in time and late", func(app *fiber.App) { app.Use(guard); app.Get("/x", uncalled); app.Use(guard) }, audit.Guarded, "GET /x"},
		{"Use of a path", func(app *fiber.App) { app.Use("/a", guard); app.Get("/A/x", uncalled) }, audit.Guarded, "GET /A/x"},
		{"Use of several paths", func(app *fiber.App) { app.Use([]string{"/b", "/a"}, guard); app.Get("/a/x", uncalled) }, audit.Guarded, "GET /a/x"},
		{"Use of another path", func(app *fiber.App) { app.Use("/a", guard); app.Get("/ab", uncalled) }, audit.Undecided, "GET /ab"},
		{"a parameter beside Use", func(app *fiber.App) { app.Use("/a", guard); app.Get("/:x", uncalled) }, audit.Undecided, "GET /:x"},
		{"a parameter behind Use", func(app *fiber.App) { app.Use("/:t", guard); app.Get("/:u/x", uncalled) }, audit.Guarded, "GET /:u/x"},
		{"an optional parameter", func(app *fiber.App) { app.Use("/:t", guard); app.Get("/:u?", uncalled) }, audit.Undecided, "GET /:u?"},
		{"a constraint", func(app *fiber.App) { app.Use("/:t<int>", guard); app.Get("/:u/x", uncalled) }, audit.Undecided, "GET /:u/x"},
		{"everything", func(app *fiber.App) { app.All("/*", guard); app.Get("/x", uncalled) }, audit.Guarded, "GET /x"},
		{"below everything", func(app *fiber.App) { app.All("/a/*", guard); app.Get("/a/x", uncalled) }, audit.Guarded, "GET /a/x"},
		{"above everything below", func(app *fiber.App) { app.All("/a/*", guard); app.Get("/a", uncalled) }, audit.Undecided, "GET /a"},
		{"Use of two slashes", func(app *fiber.App) { app.Use("//", guard); app.Get("/x", uncalled) }, audit.Undecided, "GET /x"},
		{"a slash in the middle", func(app *fiber.App) { app.Use("/a//b", guard); app.Get("/a/x/b", uncalled) }, audit.Undecided, "GET /a/x/b"},
		{"a parameter's route beside Use", func(app *fiber.App) { app.Get("/:x", guard); app.Use("/a", uncalled) }, audit.Undecided, " /a/*"},
		{"a route beside Use", func(app *fiber.App) { app.Get("/a", guard); app.Use("/a", uncalled) }, audit.Undecided, " /a/*"},
		{"another method", func(app *fiber.App) { app.Post("/*", guard); app.Get("/x", uncalled) }, audit.Undecided, "GET /x"},
		{"a route in front", func(app *fiber.App) { app.Get("/x", guard); app.Use(requestid.New()); app.Get("/x", uncalled) }, audit.Guarded, "GET /x"},
		{"a group", func(app *fiber.App) { route(app.Group("/v1", guard)) }, audit.Guarded, "GET /v1/x"},
		{"a bare group", func(app *fiber.App) { route(app.Group("/v1", requestid.New())) }, audit.Undecided, "GET /v1/x"},
		{"a group in a group", func(app *fiber.App) { route(app.Group("/v1", guard).Group("/v2", requestid.New())) }, audit.Guarded, "GET /v1/v2/x"},
		{"then in a group", func(app *fiber.App) { app.Group("/v1", guard).Get("/x", then.Secured(uncalled)) }, audit.Guarded, "GET /v1/x"},
		{"a group of parameters", func(app *fiber.App) { route(app.Group("/:from-:to", guard)) }, audit.Undecided, "GET /:from-:to/x"},
		{"guarded late", func(app *fiber.App) { g := app.Group("/v1"); route(g); g.Use(guard) }, audit.Undecided, "GET /v1/x"},
		{"Route", func(app *fiber.App) { app.Use("/v1", guard); app.Route("/v1", route) }, audit.Guarded, "GET /v1/x"},
		{"a mount", func(app *fiber.App) { app.Use("/V1", in(fiber.New(), route)) }, audit.Undecided, "GET /v1/x"},
		{"a guarded mount", func(app *fiber.App) {
			app.Use("/v1", in(fiber.New(), func(r fiber.Router) { r.Use(guard); route(r) }))
		}, audit.Guarded, "GET /v1/x"},
		{"a mount behind a guard", func(app *fiber.App) { app.Use("/v1", guard); app.Use("/v1", in(fiber.New(), route)) }, audit.Guarded, "GET /v1/x"},
		{"a mount in front of a guard", func(app *fiber.App) { app.Use("/v1", in(fiber.New(), route)); app.Use("/v1", guard) }, audit.Undecided, "GET /v1/x"},
		{"a mount in a mount", func(app *fiber.App) {
			app.Group("/a", guard).Use("/b", in(fiber.New(), func(r fiber.Router) { r.Use("/c", in(fiber.New(), route)) }))
		}, audit.Guarded, "GET /a/b/c/x"},
		{"a mount at a parameter", func(app *fiber.App) {
			app.Use("/:t", in(fiber.New(), func(r fiber.Router) { r.Use(guard); r.Get("/:id", uncalled) }))
		}, audit.Undecided, "GET /:t/:id"},
		{"beside a guarded mount", func(app *fiber.App) {
			app.Use("/", in(fiber.New(), func(r fiber.Router) { r.Use(guard) }))
			app.Get("/x", uncalled)
		}, audit.Undecided, "GET /x"},
		{"a function of Use", func(app *fiber.App) { app.Use("/files", uncalled) }, audit.Undecided, " /files/*"},
		{"a function in front of a guard", func(app *fiber.App) { app.Use(uncalled, guard) }, audit.Undecided, " /*"},
		{"a public function of Use", func(app *fiber.App) { app.Use(sec.Public(uncalled), guard) }, audit.Public, " /*"},
		{"a function of Use behind a guard", func(app *fiber.App) { app.Use(guard, uncalled) }, audit.Partly, " /*"},
		{"a function without an error", func(app *fiber.App) { app.Get("/x", func(fiber.Ctx) {}) }, audit.Undecided, "GET /x"},
		{"a guard in it", func(app *fiber.App) {
			app.Get("/x", func(c fiber.Ctx) { _ = sec.Middleware(c) }, uncalled)
		}, audit.Undecided, "GET /x"},
		{"an Express handler", func(app *fiber.App) {
			app.Get("/x", func(_ fiber.Req, _ fiber.Res, next func() error) error { return next() })
		}, audit.Undecided, "GET /x"},
		{"a handler of net/http", func(app *fiber.App) { app.Get("/x", http.NotFoundHandler()) }, audit.Undecided, "GET /x"},
		{"it behind a guard", func(app *fiber.App) { app.Get("/x", guard, http.NotFoundHandler()) }, audit.Guarded, "GET /x"},
		{"a chain of one path", func(app *fiber.App) { app.RouteChain("/x").All(guard).Get(uncalled) }, audit.Guarded, "GET /x"},
		{"a chain without a guard", func(app *fiber.App) { app.RouteChain("/x").Get(uncalled) }, audit.Undecided, "GET /x"},
		{"a Use without a function", func(app *fiber.App) { app.Group("/x").Use() }, audit.Undecided, " /x/*"},
		{"files", func(app *fiber.App) { app.Use("/files", static.New(".")) }, audit.Undecided, " /files/*"},
		{"a cache", func(app *fiber.App) { app.Use(cache.New(), guard) }, audit.Undecided, " /*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New()
			watched := fibersec.Watch(app)
			c.add(app)
			for range 2 {
				report := watched.Report()
				require.Len(t, report.Routes, 1, report.String())
				assert.Equal(t, c.route, report.Routes[0].Method+" "+report.Routes[0].Path)
				if c.name != "beside a guarded mount" {
					assert.Equal(t, c.want, report.Routes[0].Decision, report.String())
				}
				app.Handler() // Fiber merges the mounts now
			}
		})
	}
}

// TestWatchOfAMountThatIsTooLate mounts a guard after the start, which Fiber does not run then.
func TestWatchOfAMountThatIsTooLate(t *testing.T) {
	app := fiber.New()
	app.Use("/first", fiber.New())
	app.Handler()
	guard := fiber.New()
	guard.Use(newSecurity(t).Middleware)
	app.Use("/", guard)
	app.Get("/x", ok)
	res, _ := do(t, app, request("GET", "/x", ""))
	assert.Equal(t, 200, res.StatusCode, "Fiber runs the guard: the audit could count it")
	assert.Len(t, fibersec.Watch(app).Report().Undecided(), 1)
}

// TestWatchOfHead has a route for HEAD that is not guarded as the one for GET is.
func TestWatchOfHead(t *testing.T) {
	sec := newSecurity(t)
	app := fiber.New()
	app.Head("/x", uncalled)
	app.Use(requestid.New())
	app.Get("/x", sec.Secured(uncalled))
	report := fibersec.Watch(app).Report()
	require.Len(t, report.Routes, 2, report.String())
	assert.Equal(t, "HEAD", report.Undecided()[0].Method)
}

// TestWatchOfAnotherFiber has a route of a Fiber that keeps its fields elsewhere.
func TestWatchOfAnotherFiber(t *testing.T) {
	for _, route := range []any{&struct{ use bool }{}, &struct{ use, star, mount int }{}, &struct {
		use, star, mount bool
		path             string
		group            *struct{ app int }
	}{mount: true, group: new(struct{ app int })}} {
		_, ok := routes.FlagsOf(route)
		assert.False(t, ok)
	}
}

// TestWatchOfAPublicFunctionOfUse has middleware in front of the guards on purpose. It opens nothing else.
func TestWatchOfAPublicFunctionOfUse(t *testing.T) {
	sec := newSecurity(t)
	calls := 0
	app := fiber.New()
	app.Use(sec.Public(func(c fiber.Ctx) error { calls++; return c.Next() }))
	app.Get("/bare", ok)
	app.Get("/secured", sec.Secured(ok))
	app.Use(sec.Middleware)
	app.Get("/then", sec.Then(core.RequireAuth()).Secured(ok))
	report := fibersec.Watch(app).Report()
	require.Len(t, report.Routes, 4)
	for i, want := range []audit.Decision{audit.Public, audit.Undecided, audit.Guarded, audit.Guarded} {
		assert.Equal(t, want, report.Routes[i].Decision, report.String())
	}
	for path, want := range map[string]int{"/bare": 200, "/secured": 401, "/then": 401} {
		res, _ := do(t, app, request("GET", path, ""))
		assert.Equal(t, want, res.StatusCode, path)
		res, _ = do(t, app, request("GET", path, "ann"))
		assert.Equal(t, 200, res.StatusCode, path)
	}
	assert.Equal(t, 6, calls)
}

// TestWatchOfAGuardedService has Fiber's usual middleware, and no route that nobody has decided on.
func TestWatchOfAGuardedService(t *testing.T) {
	sec := newSecurity(t)
	app := fiber.New()
	watched := fibersec.Watch(app)
	app.Use(recover.New())
	app.Use(logger.New(), requestid.New(), cors.New(), limiter.New())
	app.Get("/health", sec.Public(uncalled))
	app.Get("/login", cors.New(), sec.Secured(uncalled))
	api := app.Group("/api", sec.Middleware)
	api.Get("/users/:id<int>", uncalled)
	api.Post("/users", uncalled, sec.Then(core.RequireScopes("users:write")).Secured(uncalled))
	admin := fiber.New()
	admin.Use(sec.With(core.RequireRoles("admin")).Middleware, uncalled)
	admin.All("/*", uncalled)
	app.Use("/admin", admin)
	app.Use(sec.Public(uncalled)) // the answer to unknown paths
	audit.Check(t, watched)
	report := watched.Report()
	assert.Len(t, report.Routes, 6, "%s", report)
	assert.Equal(t, []string{"users:write"}, report.Scopes())
	app.Get("/late", uncalled)
	undecided := watched.Report().Undecided()
	require.Len(t, undecided, 1)
	assert.Equal(t, "/late", undecided[0].Path)
}

// TestBehindKnowsTheOrder has routes that fit better, behind one that takes their requests. Fiber takes the first one.
func TestBehindKnowsTheOrder(t *testing.T) {
	sec := newSecurity(t)
	for _, c := range []struct {
		name   string
		add    func(*fiber.App)
		status int
		want   int
	}{
		{"a parameter first", func(a *fiber.App) { a.Get("/:id", ok); a.Get("/me", sec.Secured(ok)) }, 200, 1},
		{"a parameter last", func(a *fiber.App) { a.Get("/me", sec.Secured(ok)); a.Get("/:id", ok) }, 401, 0},
		{"another place for each method", func(a *fiber.App) {
			a.Post("/a", sec.Secured(ok))
			a.Post("/:id", ok)
			a.All("/me", sec.Secured(ok))
		}, 401, 2},
		{"a condition", func(a *fiber.App) { a.Get("/:id<int>", sec.Secured(ok)); a.Get("/*", ok) }, 200, 1},
		{"a function that passes requests on", func(a *fiber.App) {
			a.Use("/me", sec.Public(func(c fiber.Ctx) error { return c.Next() }))
			a.Get("/*", ok)
		}, 200, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New(fiber.Config{CaseSensitive: true, StrictRouting: true})
			c.add(app)
			response, err := app.Test(httptest.NewRequest("GET", "/me", nil))
			require.NoError(t, err)
			require.Equal(t, c.status, response.StatusCode)
			report := fibersec.Watch(app).Report().Behind([]audit.Published{{Paths: []string{"~/me$"}}})
			assert.Len(t, report.Findings, c.want, report.String())
		})
	}
}

// TestWatchKeepsMountsApart has two apps at one path. The guard of one does not count for the other.
func TestWatchKeepsMountsApart(t *testing.T) {
	first, second, app := fiber.New(), fiber.New(), fiber.New()
	first.Use(newSecurity(t).Middleware)
	second.Get("/x", uncalled)
	app.Use("/a", first)
	app.Use("/a", second)
	undecided := fibersec.Watch(app).Report().Undecided()
	require.Len(t, undecided, 1)
	assert.Equal(t, "/a/x", undecided[0].Path)
}
