package echosec_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// byName authenticates a request by the name in its X-User field.
var byName = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
	if name, n := r.Header("X-User"); n == 1 {
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: name}))
	}
	return nil
})

func newSecurity(t testing.TB, providers ...core.Provider) *echosec.Security {
	t.Helper()
	chain, err := core.NewSecurityChain(append(providers, byName)...)
	require.NoError(t, err)
	return echosec.New(chain.WithLogger(slog.New(slog.DiscardHandler)))
}

func request(method, target, user string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ok(c echo.Context) error { return c.String(http.StatusOK, "served") }

func TestNilIsRefusedAtStart(t *testing.T) {
	sec := newSecurity(t)
	assert.PanicsWithValue(t, "echosec: New: the chain is nil: handle the error of core.NewSecurityChain",
		func() { echosec.New(nil) })
	assert.Panics(t, func() { sec.Secured(nil) })
	assert.Panics(t, func() { sec.Public(nil) })
	assert.Panics(t, func() { sec.With(core.Optional()) })
}

func TestHandlerReadsAuthAndRequest(t *testing.T) {
	e := echo.New()
	e.GET("/hello/:name", newSecurity(t).Secured(func(c echo.Context) error {
		auth, ok := echosec.Auth(c)
		assert.True(t, ok)
		return c.String(http.StatusOK, auth.Username()+" "+c.Param("name")+" "+c.Path())
	}))
	assert.Equal(t, "ann you /hello/:name", do(e, request("GET", "/hello/you", "ann")).Body.String())
}

func TestProviderUnwrapsContext(t *testing.T) {
	var kept core.Request
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, ok := echosec.Unwrap(r)
		assert.True(t, ok)
		assert.Equal(t, "/x", c.Path())
		assert.Equal(t, []string{"http", "example.com", "192.0.2.1:1234", "a=b"},
			[]string{r.Scheme(), r.Host(), r.RemoteAddr(), r.RawQuery()})
		kept = r
		return nil
	})
	e := echo.New()
	e.GET("/x", newSecurity(t, peek).Secured(func(c echo.Context) error {
		_, ok := echosec.Unwrap(kept)
		assert.False(t, ok, "the chain has ended")
		return c.NoContent(http.StatusNoContent)
	}))
	assert.Equal(t, 204, do(e, request("GET", "/x?a=b", "ann")).Code)
}

// TestThen has a route behind the chain of its application, and one that is not.
func TestThen(t *testing.T) {
	asked := 0
	count := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { asked++; return nil })
	forAnn := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		if sc.Auth().Username() != "ann" {
			return core.Forbidden("for ann")
		}
		return nil
	})
	sec := newSecurity(t, count)
	e := echo.New()
	e.Group("/behind", sec.Middleware).GET("/x", sec.Then(forAnn).Secured(ok))
	e.GET("/alone", sec.Then(forAnn).Secured(ok))
	for _, c := range []struct {
		path, user    string
		status, asked int
	}{
		{"/behind/x", "ann", 200, 1}, {"/behind/x", "bob", 403, 1}, {"/behind/x", "", 401, 1},
		{"/alone", "ann", 401, 0}, {"/alone", "", 401, 0},
	} {
		asked = 0
		assert.Equal(t, c.status, do(e, request("GET", c.path, c.user)).Code, "%s for %q", c.path, c.user)
		assert.Equal(t, c.asked, asked, "%s for %q: the providers of the chain run once", c.path, c.user)
	}
}

// otherFramework is a [httpseam.Context] of another framework.
type otherFramework struct{}

func (otherFramework) Request() *http.Request        { return request("GET", "/x", "ann") }
func (otherFramework) Response() http.ResponseWriter { return httptest.NewRecorder() }

func TestUnwrapKnowsItsOwnRequestsOnly(t *testing.T) {
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, ok := echosec.Unwrap(r)
		assert.False(t, ok)
		assert.Nil(t, c)
		return nil
	})
	chain, err := core.NewSecurityChain(peek, byName)
	require.NoError(t, err)
	_, ok := httpseam.Guard(chain, otherFramework{})
	assert.True(t, ok)
	_, ok = chain.Guard(t.Context(), coretest.Request{Headers: http.Header{"X-User": {"ann"}}}, new(coretest.Recorder))
	assert.True(t, ok)
}

func TestParentContextSurvives(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "outer"))
	defer cancel()
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(c echo.Context) error {
		assert.Equal(t, "outer", c.Request().Context().Value(key{}))
		cancel()
		assert.ErrorIs(t, c.Request().Context().Err(), context.Canceled)
		return c.NoContent(http.StatusNoContent)
	}))
	assert.Equal(t, 204, do(e, request("GET", "/x", "ann").WithContext(ctx)).Code)
}

// TestErrorHandlerSeesHandlersErrorsOnly counts the calls of Echo's error handler.
func TestErrorHandlerSeesHandlersErrorsOnly(t *testing.T) {
	e := echo.New()
	calls := 0
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		calls++
		e.DefaultHTTPErrorHandler(err, c)
	}
	logged := 0
	e.Use(middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{LogStatus: true,
		LogValuesFunc: func(_ echo.Context, v middleware.RequestLoggerValues) error {
			logged = v.Status
			return nil
		}}))
	fail := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		if _, n := r.Header("X-Fail"); n > 0 {
			return errors.New("not for the client")
		}
		return nil
	})
	e.GET("/x", newSecurity(t, fail).Secured(func(echo.Context) error { return echo.NewHTTPError(418, "teapot") }))

	assert.Equal(t, 401, do(e, request("GET", "/x", "")).Code)
	assert.Equal(t, 401, logged, "a logger in front sees the status")
	broken := request("GET", "/x", "ann")
	broken.Header.Set("X-Fail", "1")
	w := do(e, broken)
	assert.Equal(t, 500, w.Code)
	assert.JSONEq(t, `{"code":500,"message":"internal server error"}`, w.Body.String())
	assert.Zero(t, calls, "a refusal is not handed to the error handler")

	assert.Equal(t, 418, do(e, request("GET", "/x", "ann")).Code)
	assert.Equal(t, 1, calls, "the handler's own error is")
}

// TestStreaming flushes a first line. The client must get it before the handler continues.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(c echo.Context) error {
		_, _ = io.WriteString(c.Response(), "first\n")
		assert.NoError(t, http.NewResponseController(c.Response()).Flush())
		select {
		case <-next:
		case <-time.After(time.Minute):
			t.Error("the client did not get the first line")
		}
		_, err := io.WriteString(c.Response(), "second\n")
		return err
	}))
	server := httptest.NewServer(e)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/x", nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	close(next)
	require.True(t, lines.Scan())
	assert.Equal(t, "second", lines.Text())
}

// TestMiddlewareInFront has Echo's own CORS and request-id middleware in front of the chain.
func TestMiddlewareInFront(t *testing.T) {
	e := echo.New()
	e.Use(middleware.RequestID(), middleware.CORS())
	e.Use(newSecurity(t).Middleware)
	e.GET("/x", ok)
	e.OPTIONS("/bare", ok)

	refused := request("GET", "/x", "")
	refused.Header.Set("Origin", "http://a.test")
	w := do(e, refused)
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	assert.NotEmpty(t, w.Header().Get("X-Request-Id"))

	preflight := request("OPTIONS", "/x", "")
	preflight.Header.Set("Origin", "http://a.test")
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	assert.Equal(t, 204, do(e, preflight).Code, "answered in front of the chain")
	assert.Equal(t, 200, do(e, request("GET", "/x", "ann")).Code)
}

func TestCommittedResponseIsLeftAlone(t *testing.T) {
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			_ = c.String(202, "already")
			return next(c)
		}
	})
	served := false
	e.GET("/x", newSecurity(t).Secured(func(echo.Context) error { served = true; return nil }))
	w := do(e, request("GET", "/x", ""))
	assert.Equal(t, 202, w.Code)
	assert.Equal(t, "already", w.Body.String())
	assert.False(t, served)
	do(e, request("GET", "/x", "ann"))
	assert.True(t, served)
}
