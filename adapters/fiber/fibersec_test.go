package fibersec_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

// byName authenticates a request by the name in its X-User field.
var byName = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
	if name, n := r.Header("X-User"); n == 1 {
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: name}))
	}
	return nil
})

func newSecurity(t testing.TB, providers ...core.Provider) *fibersec.Security {
	t.Helper()
	chain, err := core.NewSecurityChain(append(providers, byName)...)
	require.NoError(t, err)
	return fibersec.New(chain.WithLogger(slog.New(slog.DiscardHandler)))
}

func request(method, target, user string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return r
}

func do(t *testing.T, app *fiber.App, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := app.Test(r, -1)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func ok(c *fiber.Ctx) error { return c.SendString("served") }

func TestNilIsRefusedAtStart(t *testing.T) {
	sec := newSecurity(t)
	assert.PanicsWithValue(t, "fibersec: New: the chain is nil: handle the error of core.NewSecurityChain",
		func() { fibersec.New(nil) })
	assert.Panics(t, func() { sec.Secured(nil) })
	assert.Panics(t, func() { sec.Public(nil) })
	assert.Panics(t, func() { sec.With(core.Optional()) })
}

// TestThenNeedsTheChainInFront has the same requirement behind the Middleware of its chain, and without it.
func TestThenNeedsTheChainInFront(t *testing.T) {
	runs := 0
	counts := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { runs++; return nil })
	sec := newSecurity(t, counts)
	app := fiber.New()
	app.Get("/alone", sec.Then().Secured(ok))
	app.Use(sec.Middleware)
	app.Get("/behind", sec.Then().Secured(ok))
	app.Get("/admin", sec.Then(core.RequireRoles("admin")).Secured(ok))
	for path, status := range map[string]int{"/alone": 401, "/behind": 200, "/admin": 403} {
		runs = 0
		res, _ := do(t, app, request("GET", path, "ann"))
		assert.Equal(t, status, res.StatusCode, path)
		assert.LessOrEqual(t, runs, 1, path)
	}
}

// TestHeaderOfMiddlewareIsSeen has middleware in front that sets the user, on a request with a body and on one without.
func TestHeaderOfMiddlewareIsSeen(t *testing.T) {
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		c.Request().Header.Set("X-User", "ann")
		return c.Next()
	}, newSecurity(t).Middleware)
	app.All("/x", ok)
	for _, method := range []string{"GET", "POST"} {
		res, _ := do(t, app, httptest.NewRequest(method, "/x", strings.NewReader("body")))
		assert.Equal(t, 200, res.StatusCode, method)
	}
}

func TestHandlerReadsAuthAndRequest(t *testing.T) {
	app := fiber.New()
	app.Get("/hello/:name", newSecurity(t).Secured(func(c *fiber.Ctx) error {
		auth, ok := fibersec.Auth(c)
		assert.True(t, ok)
		return c.SendString(auth.Username() + " " + c.Params("name") + " " + c.Route().Path)
	}))
	_, body := do(t, app, request("GET", "/hello/you", "ann"))
	assert.Equal(t, "ann you /hello/:name", body)
}

func TestProviderUnwrapsCtx(t *testing.T) {
	var kept core.Request
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, ok := fibersec.Unwrap(r)
		assert.True(t, ok)
		assert.Equal(t, "/x", c.Path())
		assert.Equal(t, []string{"http", "example.com", "0.0.0.0:0", "a=b"},
			[]string{r.Scheme(), r.Host(), r.RemoteAddr(), r.RawQuery()})
		_, n := r.Header("Host")
		assert.Zero(t, n, "as on net/http: the host is read with Host")
		kept = r
		return nil
	})
	app := fiber.New()
	app.Get("/x", newSecurity(t, peek).Secured(func(c *fiber.Ctx) error {
		_, ok := fibersec.Unwrap(kept)
		assert.False(t, ok, "the chain has ended")
		return c.SendStatus(fiber.StatusNoContent)
	}))
	res, _ := do(t, app, request("GET", "/x?a=b", "ann"))
	assert.Equal(t, 204, res.StatusCode)
}

func TestParentContextSurvives(t *testing.T) {
	type key struct{}
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		ctx, cancel := context.WithCancel(context.WithValue(c.UserContext(), key{}, "outer"))
		c.SetUserContext(ctx)
		c.Locals("cancel", cancel)
		return c.Next()
	})
	app.Get("/x", newSecurity(t).Secured(func(c *fiber.Ctx) error {
		assert.Equal(t, "outer", c.UserContext().Value(key{}))
		c.Locals("cancel").(context.CancelFunc)()
		assert.ErrorIs(t, c.UserContext().Err(), context.Canceled)
		return c.SendStatus(fiber.StatusNoContent)
	}))
	res, _ := do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, 204, res.StatusCode)
}

// TestErrorHandlerSeesHandlersErrorsOnly counts the calls of Fiber's error handler.
func TestErrorHandlerSeesHandlersErrorsOnly(t *testing.T) {
	calls := 0
	app := fiber.New(fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
		calls++
		return fiber.DefaultErrorHandler(c, err)
	}})
	logged := 0
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		logged = c.Response().StatusCode()
		return err
	})
	fail := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		if _, n := r.Header("X-Fail"); n > 0 {
			return errors.New("not for the client")
		}
		return nil
	})
	app.Get("/x", newSecurity(t, fail).Secured(func(*fiber.Ctx) error { return fiber.NewError(418, "teapot") }))

	res, _ := do(t, app, request("GET", "/x", ""))
	assert.Equal(t, 401, res.StatusCode)
	assert.Equal(t, 401, logged, "a logger in front sees the status")
	broken := request("GET", "/x", "ann")
	broken.Header.Set("X-Fail", "1")
	res, body := do(t, app, broken)
	assert.Equal(t, 500, res.StatusCode)
	assert.JSONEq(t, `{"code":500,"message":"internal server error"}`, body)
	assert.Zero(t, calls, "a refusal is not handed to the error handler")

	res, _ = do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, 418, res.StatusCode)
	assert.Equal(t, 1, calls, "the handler's own error is")
}

// TestStreaming flushes a first line. The client must get it before the next one is written.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/x", newSecurity(t).Secured(func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			_, _ = w.WriteString("first\n")
			_ = w.Flush()
			select {
			case <-next:
			case <-time.After(time.Minute):
				t.Error("the client did not get the first line")
			}
			_, _ = w.WriteString("second\n")
		})
		return nil
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = app.Listener(listener) }()
	defer func() { _ = app.Shutdown() }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/x", nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	r.Close = true
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	close(next)
	require.True(t, lines.Scan())
	assert.Equal(t, "second", lines.Text())
}

// TestMiddlewareInFront has Fiber's own CORS and request-id middleware in front of the chain.
func TestMiddlewareInFront(t *testing.T) {
	app := fiber.New()
	app.Use(requestid.New(), cors.New(), newSecurity(t).Middleware)
	app.Get("/x", ok)

	refused := request("GET", "/x", "")
	refused.Header.Set("Origin", "http://a.test")
	res, _ := do(t, app, refused)
	assert.Equal(t, 401, res.StatusCode)
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.NotEmpty(t, res.Header.Get("X-Request-Id"))

	preflight := request("OPTIONS", "/x", "")
	preflight.Header.Set("Origin", "http://a.test")
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	res, _ = do(t, app, preflight)
	assert.Equal(t, 204, res.StatusCode, "answered in front of the chain")
	res, body := do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, "served", body)
}
