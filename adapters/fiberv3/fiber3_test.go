package fibersec_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestNothingRunsOnWhatCannotBeParsed has handlers that Fiber runs on a request that fasthttp refuses: those of Use. The request
// has good credentials.
func TestNothingRunsOnWhatCannotBeParsed(t *testing.T) {
	var told observed
	chain, err := core.NewSecurityChain(byName)
	require.NoError(t, err)
	sec := fibersec.New(chain.WithObserver(&told))
	var ran atomic.Int32
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran.Add(1) })
	app := fiber.New(fiber.Config{BodyLimit: 10})
	app.Use("/secured", sec.Secured(func(fiber.Ctx) error { ran.Add(1); return nil }))
	app.Use("/public", sec.Public(func(fiber.Ctx) error { ran.Add(1); return nil }))
	app.Use("/group", sec.Middleware, func(fiber.Ctx) error { ran.Add(1); return nil })
	app.Use("/mount", fibersec.HTTPHandler(handler))
	sub := fiber.New()
	sub.Use(sec.Secured(fibersec.HTTPHandler(handler)))
	app.Use("/sub", sub)
	addr := prepared(t, app)
	for _, path := range []string{"/secured", "/public", "/group", "/mount", "/sub"} {
		ran.Store(0)
		start := "POST " + path + " HTTP/1.1\r\nHost: a\r\nX-User: ann\r\nContent-Length: "
		answer := exchange(t, addr, start+"3\r\n\r\nabc"+start+"11\r\n\r\nabcabcabcab")
		assert.Equal(t, 1, strings.Count(answer, "HTTP/1.1 200 "), path)
		assert.Equal(t, 1, strings.Count(answer, "HTTP/1.1 413 "), path)
		assert.EqualValues(t, 1, ran.Load(), path)
		assert.NotContains(t, strings.SplitAfter(answer, "413")[1], "no-store", path)
	}
	assert.EqualValues(t, 4, told.events.Load())
}

// TestHEADIsGuarded has the routes for HEAD that Fiber adds by itself.
func TestHEADIsGuarded(t *testing.T) {
	chain, err := core.NewSecurityChain(core.PublicRoutes("GET /open", "POST /x"), byName)
	require.NoError(t, err)
	sec := fibersec.New(chain)
	app := fiber.New()
	app.Get("/x", sec.Secured(ok))
	app.Get("/open", sec.Secured(ok))
	app.Group("/group", sec.Middleware).Get("/x", ok)
	for _, c := range []struct {
		path, user string
		status     int
	}{{"/x", "", 401}, {"/x", "ann", 200}, {"/open", "", 200}, {"/group/x", "", 401}, {"/group/x", "ann", 200}} {
		res, _ := do(t, app, request("HEAD", c.path, c.user))
		assert.Equal(t, c.status, res.StatusCode, "%+v", c)
	}
}

// TestRestartedRouting has a handler that rewrites the path and starts the router again, in front of a guard and behind it.
func TestRestartedRouting(t *testing.T) {
	chain, err := core.NewSecurityChain(core.PublicRoutes("/public/*"), byName)
	require.NoError(t, err)
	sec := fibersec.New(chain)
	to := func(path string) fiber.Handler {
		return func(c fiber.Ctx) error { c.Path(path); return c.RestartRouting() }
	}
	app := fiber.New()
	app.Get("/in", to("/admin"))
	app.Get("/out", to("/public/x"))
	app.Get("/public/in", sec.Secured(to("/admin")))
	app.Get("/admin", sec.Secured(name))
	app.Get("/public/x", sec.Secured(name))
	for _, c := range []struct {
		path, user string
		status     int
		body       string
	}{
		{"/in", "", 401, ""}, {"/in", "ann", 200, "ann"}, {"/out", "", 200, ""},
		{"/public/in", "", 401, ""}, {"/public/in", "ann", 200, "ann"},
	} {
		res, body := do(t, app, request("GET", c.path, c.user))
		assert.Equal(t, c.status, res.StatusCode, "%+v", c)
		if c.status == 200 {
			assert.Equal(t, c.body, body, "%+v", c)
		}
	}
}

// TestConfigurationHidesNothing has options of Fiber that change what c.Path, c.Host, c.IP and c.Scheme return.
func TestConfigurationHidesNothing(t *testing.T) {
	var got []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		got = []string{strings.Clone(r.RoutePath()), strings.Clone(r.Host()), r.Scheme(), strings.SplitN(r.RemoteAddr(), ":", 2)[0]}
		return core.BreakChain
	})
	for name, config := range map[string]fiber.Config{
		"default":          {},
		"strict":           {StrictRouting: true, CaseSensitive: true},
		"immutable":        {Immutable: true},
		"proxy is trusted": {TrustProxy: true, TrustProxyConfig: fiber.TrustProxyConfig{Loopback: true}, ProxyHeader: "X-Forwarded-For"},
		"streams":          {StreamRequestBody: true},
	} {
		app := fiber.New(config)
		app.Use(newSecurity(t, look).Middleware)
		app.Get("/:any/*", ok)
		answer := exchange(t, prepared(t, app), "GET /Any/%61/ HTTP/1.1\r\nHost: A.Test\r\nX-Forwarded-Host: evil\r\n"+
			"X-Forwarded-Proto: https\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
		assert.Contains(t, answer, "served", name)
		assert.Equal(t, []string{"/Any/%61/", "A.Test", "http", "127.0.0.1"}, got, name)
	}
}

// custom is a context of an app of its own.
type custom struct{ fiber.DefaultCtx }

// TestCustomContext has an app with a context of its own type, which providers and handlers get.
func TestCustomContext(t *testing.T) {
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, found := fibersec.Unwrap(r)
		assert.True(t, found)
		assert.IsType(t, &custom{}, c)
		return nil
	})
	app := fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx { return &custom{*fiber.NewDefaultCtx(app)} })
	sec := newSecurity(t, look)
	app.Use(sec.Middleware)
	app.Get("/x", sec.Secured(func(c fiber.Ctx) error {
		assert.IsType(t, &custom{}, c)
		return name(c)
	}))
	_, body := do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, "ann", body)
	res, _ := do(t, app, request("GET", "/x", ""))
	assert.Equal(t, 401, res.StatusCode)
}

// TestConnectionThatTheHandlerEnds has c.Drop, which closes the connection, and c.End, which sends the answer early.
func TestConnectionThatTheHandlerEnds(t *testing.T) {
	app := fiber.New()
	sec := newSecurity(t)
	app.Get("/drop", sec.Secured(func(c fiber.Ctx) error { return c.Drop() }))
	app.Get("/end", sec.Secured(func(c fiber.Ctx) error {
		_ = c.SendString("early")
		return c.End()
	}))
	addr := prepared(t, app)
	assert.Empty(t, exchange(t, addr, "GET /drop HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n"))
	assert.Contains(t, exchange(t, addr, "GET /end HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n"), "early")
	for _, path := range []string{"/drop", "/end"} {
		assert.Contains(t, exchange(t, addr, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 401 ", path)
	}
}

// TestExpressHandlers has handlers in the other forms that Fiber accepts, behind a guard.
func TestExpressHandlers(t *testing.T) {
	app := fiber.New()
	app.Get("/x", newSecurity(t).Middleware, func(_ fiber.Req, res fiber.Res) error { return res.SendString("served") })
	app.Get("/y", newSecurity(t).Middleware, func(c fiber.Ctx) { _ = name(c) })
	for path, want := range map[string]string{"/x": "served", "/y": "ann"} {
		_, body := do(t, app, request("GET", path, "ann"))
		assert.Equal(t, want, body)
		res, _ := do(t, app, request("GET", path, ""))
		assert.Equal(t, 401, res.StatusCode)
	}
}

// TestThenNeedsTheChainInFront has the same requirement behind the Middleware of its chain, and without it.
func TestThenNeedsTheChainInFront(t *testing.T) {
	runs := 0
	counts := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { runs++; return nil })
	sec := newSecurity(t, counts)
	then := sec.Then(core.RequireRoles("admin"))
	app := fiber.New()
	app.Get("/alone", sec.Then().Secured(name))
	app.Use(sec.Middleware)
	app.Get("/behind", sec.Then().Secured(name))
	app.Get("/admin", then.Secured(name))
	for path, status := range map[string]int{"/alone": 401, "/behind": 200, "/admin": 403} {
		runs = 0
		res, _ := do(t, app, request("GET", path, "ann"))
		assert.Equal(t, status, res.StatusCode, path)
		assert.LessOrEqual(t, runs, 1, path)
	}
}
