package echosec_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

// TestContextThatServesAnotherRequest has a handler that outlives its request, as behind a [http.TimeoutHandler] in
// [echo.WrapMiddleware]. Echo has given the context to another request meanwhile, and that request must stay there.
func TestContextThatServesAnotherRequest(t *testing.T) {
	e := echo.New()
	for name, reused := range map[string]bool{"given up": false, "given up, and used again": true} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			first, second := request("GET", "/x", "ann").WithContext(ctx), request("GET", "/x", "bob")
			c := e.NewContext(first, httptest.NewRecorder())
			require.NoError(t, newSecurity(t).Secured(func(c *echo.Context) error {
				cancel()
				if reused {
					c.Reset(second, httptest.NewRecorder())
				}
				return nil
			})(c))
			want := first
			if reused {
				want = second
			}
			assert.Same(t, want, c.Request())
		})
	}
}

// TestRequestGivenUpWhileTheChainRuns has a slow provider behind middleware that stops waiting, as a [http.TimeoutHandler] in
// [echo.WrapMiddleware] does. Echo has given the context to bob's request meanwhile. The chain keeps reading ann's request and
// leaves bob's alone.
func TestRequestGivenUpWhileTheChainRuns(t *testing.T) {
	for name, late := range map[string]func(core.Response) error{
		"passes": func(core.Response) error { return nil },
		"refuses": func(res core.Response) error {
			res.SetHeader("X-Late", "ann")
			res.AddHeader("X-Late", "ann")
			return core.Forbidden("not for ann")
		},
		"answers": func(res core.Response) error { return res.Send(http.StatusOK, []byte("for ann")) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			bob, answer := request("PUT", "/bob?q", "bob"), httptest.NewRecorder()
			bob.Host, bob.RemoteAddr, bob.TransferEncoding = "bob.test", "bob:1", []string{"chunked"}
			slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
				c, _ := echosec.Unwrap(r)
				cancel()
				c.Reset(bob, answer)
				user, _ := r.Header("X-User")
				fields, _ := core.RequestAs[core.FieldLines](r)
				assert.Equal(t, []string{"ann", "ann", "GET", "/x", "", "example.com", "192.0.2.1:1234"}, append(fields.FieldLines("X-User"),
					user, r.Method(), r.RoutePath(), r.RawQuery(), r.Host(), r.RemoteAddr()))
				return late(res)
			})
			c := echo.New().NewContext(request("GET", "/x", "ann").WithContext(ctx), httptest.NewRecorder())
			err := newSecurity(t, slow).Secured(func(*echo.Context) error {
				t.Error("the handler runs")
				return nil
			})(c)
			require.ErrorIs(t, err, context.Canceled)
			assert.Same(t, bob, c.Request())
			assert.Nil(t, bob.Trailer)
			res, err := echo.UnwrapResponse(c.Response())
			require.NoError(t, err)
			assert.False(t, res.Committed)
			assert.Empty(t, answer.Header())
			assert.Empty(t, answer.Body.String())
		})
	}
}

// TestNobodyIsSeenAfterATimeout has a handler that ends when its time is over. Middleware outside then sees no identity, also
// where middleware behind the chain has set a request of its own.
func TestNobodyIsSeenAfterATimeout(t *testing.T) {
	e := echo.New()
	seen := "nobody looked"
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			ctx, cancel := context.WithCancel(c.Request().Context())
			c.SetRequest(c.Request().WithContext(ctx))
			c.Set("cancel", cancel)
			err := next(c)
			auth, _ := echosec.Auth(c)
			seen = auth.Username()
			return err
		}
	}, newSecurity(t).Middleware, middleware.ContextTimeout(time.Hour))
	e.GET("/x", func(c *echo.Context) error {
		c.Get("cancel").(context.CancelFunc)()
		return c.Request().Context().Err()
	})
	do(e, request("GET", "/x", "ann"))
	assert.Empty(t, seen)
}

// TestTimeoutInFront has ContextTimeout in front of a chain that waits until the time is over.
func TestTimeoutInFront(t *testing.T) {
	slow := core.ProviderFunc(func(ctx context.Context, _ core.SecurityContext, _ core.Request, _ core.Response) error {
		<-ctx.Done()
		return core.Forbidden("too late")
	})
	e := echo.New()
	e.Use(middleware.ContextTimeout(time.Millisecond))
	e.GET("/x", newSecurity(t, slow).Secured(func(*echo.Context) error { t.Error("the handler runs"); return nil }))
	for _, user := range []string{"", "ann"} {
		w := do(e, request("GET", "/x", user))
		assert.Equal(t, 503, w.Code)
		assert.JSONEq(t, `{"message":"Service Unavailable"}`, w.Body.String())
		assert.Empty(t, w.Header().Get("Cache-Control"), "nothing of the refusal was set")
	}
}

// TestTimeoutAround has a [http.TimeoutHandler] around Echo. The client gets its answer while the chain still waits. The handler
// does not run, and the next request has a context of its own.
func TestTimeoutAround(t *testing.T) {
	decide, ended := make(chan struct{}), make(chan struct{})
	slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		if user, _ := r.Header("X-User"); user == "ann" {
			<-decide
		}
		return nil
	})
	e := echo.New()
	e.GET("/x", newSecurity(t, slow).Secured(func(c *echo.Context) error {
		auth, _ := echosec.Auth(c)
		return c.String(http.StatusOK, auth.Username())
	}), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			err := next(c)
			if c.Request().Header.Get("X-User") == "ann" {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				close(ended)
			}
			return err
		}
	})
	assert.Equal(t, 503, do(http.TimeoutHandler(e, time.Millisecond, ""), request("GET", "/x", "ann")).Code)
	assert.Equal(t, "bob", do(e, request("GET", "/x", "bob")).Body.String())
	close(decide)
	<-ended
}
