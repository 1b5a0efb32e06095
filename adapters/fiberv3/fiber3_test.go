package fibersec_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestFibersOwnMountsSeeNobody has handlers of net/http and of fasthttp that Fiber converts itself, behind a guard, and two callers
// on one connection.
func TestFibersOwnMountsSeeNobody(t *testing.T) {
	plain := func(w http.ResponseWriter, r *http.Request) {
		auth, ok := core.AuthFrom(r.Context())
		_, _ = fmt.Fprint(w, "sees ", auth.Username(), ok)
	}
	sec := newSecurity(t)
	app := fiber.New()
	app.Get("/func", sec.Middleware, plain)
	app.Get("/handler", sec.Middleware, http.HandlerFunc(plain))
	app.Get("/adaptor", sec.Secured(adaptor.HTTPHandler(http.HandlerFunc(plain))))
	app.Get("/fasthttp", sec.Middleware, fasthttp.RequestHandler(func(ctx *fasthttp.RequestCtx) {
		auth, ok := core.AuthFrom(ctx)
		_, _ = fmt.Fprint(ctx, "sees ", auth.Username(), ok)
	}))
	app.Get("/middleware", sec.Middleware, adaptor.HTTPMiddleware(func(next http.Handler) http.Handler { return next }),
		func(c fiber.Ctx) error {
			auth, ok := core.AuthFrom(c.RequestCtx())
			return c.SendString(fmt.Sprint("sees ", auth.Username(), ok))
		})
	app.Get("/c", sec.Secured(func(c fiber.Ctx) error {
		auth, ok := core.AuthFrom(c)
		return c.SendString(fmt.Sprint("sees ", auth.Username(), ok))
	}))
	app.Get("/ours", sec.Middleware, fibersec.HTTPHandler(http.HandlerFunc(plain)))
	c := newClient(t, app)
	for _, user := range []string{"ann", "bob", "ann"} {
		for _, path := range []string{"/func", "/handler", "/adaptor", "/fasthttp", "/middleware", "/c"} {
			_, body := c.get(path, user)
			assert.Equal(t, "sees false", body, path)
		}
		_, body := c.get("/ours", user)
		assert.Equal(t, "sees "+user+"true", body)
	}
}

// TestKeptContextSeesNobody keeps c, which is a context.Context itself, and reads it while Fiber uses it for the next request.
func TestKeptContextSeesNobody(t *testing.T) {
	var kept fiber.Ctx
	reused := 0
	app := fiber.New()
	app.Get("/x", newSecurity(t).Secured(func(c fiber.Ctx) error {
		if kept == c {
			reused++
		}
		if kept != nil {
			for _, ctx := range []context.Context{kept, context.WithValue(kept, key{}, 1)} {
				auth, found := core.AuthFrom(ctx)
				assert.False(t, found, "%s", auth.Username())
			}
		}
		kept = c
		return name(c)
	}))
	c := newClient(t, app)
	for i := range 100 {
		user := fmt.Sprint("user", i)
		_, body := c.get("/x", user)
		assert.Equal(t, user, body)
	}
	assert.Positive(t, reused)
}

// TestUserValuesHoldNoIdentity looks at everything that fasthttp has of a guarded request: the context that c.Context() returns,
// under a key of Fiber's own, and nothing of package core.
func TestUserValuesHoldNoIdentity(t *testing.T) {
	app := fiber.New()
	app.Get("/x", newSecurity(t).Secured(func(c fiber.Ctx) error {
		var keys []string
		c.RequestCtx().VisitUserValuesAll(func(key, _ any) { keys = append(keys, fmt.Sprintf("%T", key)) })
		return c.SendString(strings.Join(keys, " "))
	}))
	_, body := do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, "fiber.contextKey", body)
}

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
		"skips":            {SkipUnmatchedRoutes: true},
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

// TestSkippedRoutesAreAnsweredInFront has Fiber's SkipUnmatchedRoutes: no guard runs for a route that does not exist.
func TestSkippedRoutesAreAnsweredInFront(t *testing.T) {
	for skips, status := range map[bool]int{false: 401, true: 404} {
		app := fiber.New(fiber.Config{SkipUnmatchedRoutes: skips})
		app.Use(newSecurity(t).Middleware)
		app.Get("/x", ok)
		res, _ := do(t, app, request("GET", "/none", ""))
		assert.Equal(t, status, res.StatusCode)
		res, _ = do(t, app, request("GET", "/x", ""))
		assert.Equal(t, 401, res.StatusCode)
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

// TestHTTPMiddlewareInFront has middleware of net/http in front of a chain. It writes the request again: no line may get lost.
func TestHTTPMiddlewareInFront(t *testing.T) {
	find := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
		token, err := core.Cookie(r, "token")
		if err != nil || token == "" {
			return err
		}
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: token}))
	})
	chain, err := core.NewSecurityChain(find)
	require.NoError(t, err)
	app := fiber.New()
	app.Use(adaptor.HTTPMiddleware(func(next http.Handler) http.Handler { return next }))
	app.Use(fibersec.New(chain).Middleware, name)
	addr := prepared(t, app)
	for _, c := range []struct{ sent, status, body string }{
		{"Cookie: token=ann; a=b\r\n", "200", "ann"},
		{"Cookie: a=b\r\nCookie: token=ann\r\n", "200", "ann"},
		{"Cookie: token=ann\r\nCookie: token=bob\r\n", "400", ""},
		{"Cookie: token=ann; token=bob\r\n", "400", ""},
		{"Cookie: a=b\r\n", "401", ""},
	} {
		answer := exchange(t, addr, "GET /x HTTP/1.1\r\nHost: a\r\n"+c.sent+"\r\n")
		assert.Contains(t, answer, "HTTP/1.1 "+c.status+" ", "%+v", c)
		assert.True(t, strings.HasSuffix(answer, c.body), "%+v", c)
	}
}
