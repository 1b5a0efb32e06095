package echosec_test

import (
	"context"
	"errors"
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

// TestNobodyIsSeenOutside looks for the identity in front of two chains, between them, in the handler and in the error handler.
// Each place has the identity of the chain in front of it, also when the handler sets a request of its own.
func TestNobodyIsSeenOutside(t *testing.T) {
	type key struct{}
	for name, handler := range map[string]func(*echo.Context) error{
		"returns": func(*echo.Context) error { return nil },
		"fails":   func(*echo.Context) error { return echo.NewHTTPError(418, "teapot") },
		"panics":  func(*echo.Context) error { panic(errors.New("of the handler")) },
		"sets a request": func(c *echo.Context) error {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), key{}, "inner")))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			look := func(where string, c *echo.Context) {
				auth, _ := echosec.Auth(c)
				seen = append(seen, where+" "+auth.Username())
				if value, ok := c.Request().Context().Value(key{}).(string); ok {
					seen = append(seen, value)
				}
			}
			e := echo.New()
			e.HTTPErrorHandler = func(c *echo.Context, err error) {
				look("error handler", c)
				echo.DefaultHTTPErrorHandler(false)(c, err)
			}
			around := func(where string, change func(*echo.Context)) echo.MiddlewareFunc {
				return func(next echo.HandlerFunc) echo.HandlerFunc {
					return func(c *echo.Context) error {
						before := c.Request()
						defer func() {
							look(where, c)
							assert.Same(t, before, c.Request(), "it is the request that was there before")
						}()
						change(c)
						before = c.Request()
						return next(c)
					}
				}
			}
			e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}),
				around("outside", func(*echo.Context) {}), newSecurity(t, core.Optional()).Middleware)
			e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error { look("handler", c); return handler(c) }),
				around("between", func(c *echo.Context) {
					r := c.Request().Clone(c.Request().Context())
					r.Header.Set("X-User", "bob")
					c.SetRequest(r)
				}))
			do(e, request("GET", "/x", "ann"))
			want := []string{"handler bob", "between ann", "outside ", "error handler "}
			if name == "returns" || name == "sets a request" {
				want = want[:3]
			}
			assert.Equal(t, want, seen)
		})
	}
}

// TestProviderSetsARequest has a provider that replaces the request. The chain, later providers and the handler see the new
// one. Middleware outside sees it, too, without an identity.
func TestProviderSetsARequest(t *testing.T) {
	replace := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, _ := echosec.Unwrap(r)
		next := c.Request().Clone(c.Request().Context())
		next.Method, next.Host, next.RemoteAddr, next.URL.Path, next.URL.RawQuery = "PUT", "other", "peer:1", "/other", "q"
		next.Header.Set("X-User", "bob")
		c.SetRequest(next)
		return nil
	})
	var seen []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		fields, _ := core.RequestAs[core.FieldLines](r)
		seen = append(fields.FieldLines("X-User"), r.Method(), r.Host(), r.RemoteAddr(), r.RoutePath(), r.RawQuery())
		return nil
	})
	outside := "nobody looked"
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			err := next(c)
			auth, _ := echosec.Auth(c)
			outside = c.Request().Method + auth.Username()
			return err
		}
	})
	e.GET("/x", newSecurity(t, replace, core.PublicRoutes("/never"), look).Secured(func(c *echo.Context) error {
		auth, _ := echosec.Auth(c)
		return c.String(http.StatusOK, auth.Username()+" "+c.Request().Method)
	}))
	w := do(e, request("GET", "/x", "ann"))
	assert.Equal(t, "bob PUT", w.Body.String())
	assert.Equal(t, []string{"bob", "PUT", "other", "peer:1", "/other", "q"}, seen)
	assert.Equal(t, "PUT", outside)
}

// TestAbortPassesUntouched has a handler that aborts its connection, and no middleware that recovers.
func TestAbortPassesUntouched(t *testing.T) {
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(*echo.Context) error { panic(http.ErrAbortHandler) }))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { do(e, request("GET", "/x", "ann")) })
}

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

// TestContextThatIsKept has a handler that keeps its context. Echo uses it again. Outside of the guarded call it has no identity,
// neither after ann's request nor in a request without a chain.
func TestContextThatIsKept(t *testing.T) {
	var kept *echo.Context
	var inside context.Context
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error {
		kept, inside = c, c.Request().Context()
		return nil
	}))
	do(e, request("GET", "/x", "ann"))
	_, found := echosec.Auth(kept)
	assert.False(t, found, "after the request")
	auth, _ := core.AuthFrom(inside)
	assert.Equal(t, "ann", auth.Username(), "a context of a request outlives it")

	kept.Reset(request("GET", "/y", "ann"), httptest.NewRecorder())
	_, found = echosec.Auth(kept)
	assert.False(t, found, "in another request")
}

// TestPanicIsRecovered has Echo's Recover in front of the chain, with the stack in its error.
func TestPanicIsRecovered(t *testing.T) {
	var failed error
	e := echo.New()
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		failed = err
		_, found := echosec.Auth(c)
		assert.False(t, found)
		echo.DefaultHTTPErrorHandler(false)(c, err)
	}
	e.Use(middleware.Recover(), newSecurity(t).Middleware)
	e.GET("/x", func(*echo.Context) error { panic("of the handler") })
	w := do(e, request("GET", "/x", "ann"))
	assert.Equal(t, 500, w.Code)
	assert.JSONEq(t, `{"message":"Internal Server Error"}`, w.Body.String())
	var stack *middleware.PanicStackError
	require.ErrorAs(t, failed, &stack)
	require.EqualError(t, stack.Err, "of the handler")
}
