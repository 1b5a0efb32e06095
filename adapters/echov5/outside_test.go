package echosec_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

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

// TestMiddlewareOfNetHTTP has middleware of net/http in front of the chain and behind it.
func TestMiddlewareOfNetHTTP(t *testing.T) {
	var seen []string
	look := func(where string) echo.MiddlewareFunc {
		return echo.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				before, _ := core.AuthFrom(r.Context())
				next.ServeHTTP(w, r)
				after, _ := core.AuthFrom(r.Context())
				seen = append(seen, where+" "+before.Username()+" "+after.Username()+" "+r.Pattern)
			})
		})
	}
	e := echo.New()
	e.Use(look("outside"), newSecurity(t).Middleware, look("inside"))
	e.GET("/x/:id", func(c *echo.Context) error {
		auth, _ := echosec.Auth(c)
		return c.String(http.StatusOK, auth.Username()+" "+c.Request().PathValue("id"))
	})
	w := do(e, request("GET", "/x/1", "ann"))
	assert.Equal(t, "ann 1", w.Body.String())
	assert.Equal(t, []string{"inside ann ann /x/:id", "outside   /x/:id"}, seen)
	w = do(e, request("GET", "/x/1", ""))
	assert.Equal(t, 401, w.Code)
	assert.JSONEq(t, refusal, w.Body.String())
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
