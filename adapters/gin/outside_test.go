package ginsec_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

// TestNobodyIsSeenOutside looks for the identity in front of two chains, between them, and in the handler. Each place has the
// identity of the chain in front of it, also when the handler panics or sets a request of its own.
func TestNobodyIsSeenOutside(t *testing.T) {
	type key struct{}
	for name, handler := range map[string]gin.HandlerFunc{
		"returns": func(*gin.Context) {},
		"aborts":  func(c *gin.Context) { c.AbortWithStatus(418) },
		"panics":  func(*gin.Context) { panic(errors.New("of the handler")) },
		"sets a request": func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, "inner"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			look := func(where string, c *gin.Context) {
				auth, _ := ginsec.Auth(c)
				seen = append(seen, where+" "+auth.Username())
				if value, ok := c.Request.Context().Value(key{}).(string); ok {
					seen = append(seen, value)
				}
			}
			around := func(where string, change func(*gin.Context)) gin.HandlerFunc {
				return func(c *gin.Context) {
					change(c)
					before := c.Request
					defer func() {
						look(where, c)
						assert.Same(t, before, c.Request, "it is the request that was there before")
					}()
					c.Next()
				}
			}
			engine := gin.New()
			engine.ContextWithFallback = true
			engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) {
				look("recovery", c)
				_, ok := core.AuthFrom(c)
				assert.False(t, ok)
				c.AbortWithStatus(500)
			}), around("outside", func(*gin.Context) {}), newSecurity(t, core.Optional()).Middleware)
			engine.GET("/x", around("between", func(c *gin.Context) {
				c.Request = c.Request.Clone(c.Request.Context())
				c.Request.Header.Set("X-User", "bob")
			}), newSecurity(t).Middleware, func(c *gin.Context) { look("handler", c); handler(c) })
			w := do(engine, request("GET", "/x", "ann"))
			want := []string{"handler bob", "between ann", "outside "}
			if name == "panics" {
				want = append(want, "recovery ")
				assert.Equal(t, 500, w.Code)
			}
			assert.Equal(t, want, seen)
		})
	}
}

// TestPanicOfAProvider answers in the chain: Gin's Recovery sees no panic.
func TestPanicOfAProvider(t *testing.T) {
	engine := gin.New()
	engine.Use(gin.CustomRecoveryWithWriter(nil, func(*gin.Context, any) { t.Error("the panic left the chain") }))
	engine.GET("/x", newSecurity(t, core.ProviderFunc(
		func(context.Context, core.SecurityContext, core.Request, core.Response) error {
			panic("of the provider")
		})).Middleware, user)
	w := do(engine, request("GET", "/x", "ann"))
	assert.JSONEq(t, `{"code":500,"message":"internal server error"}`, w.Body.String())
}

// TestAbortPassesUntouched has a handler that aborts its connection, and no middleware that recovers.
func TestAbortPassesUntouched(t *testing.T) {
	engine := gin.New()
	engine.GET("/x", newSecurity(t).Secured(func(*gin.Context) { panic(http.ErrAbortHandler) }))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { do(engine, request("GET", "/x", "ann")) })
}

// TestRecoveryLogsCookies states what the package comment says about Gin's Recovery.
func TestRecoveryLogsCookies(t *testing.T) {
	for name, hidden := range map[string]bool{"Authorization": true, "Cookie": false} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			for _, recovery := range []gin.HandlerFunc{gin.RecoveryWithWriter(&log), gin.RecoveryWithWriter(nil)} {
				engine := gin.New()
				engine.Use(recovery)
				engine.GET("/x", newSecurity(t).Secured(func(*gin.Context) { panic(http.ErrAbortHandler) }))
				r := request("GET", "/x", "ann")
				r.Header.Set(name, "secret")
				do(engine, r)
			}
			assert.NotEmpty(t, log.String())
			assert.Equal(t, !hidden, strings.Contains(log.String(), "secret"))
		})
	}
}

// TestProviderSetsARequest has a provider that replaces the request. The chain, later providers and the handler see the new
// one. Middleware outside sees it, too, without an identity.
func TestProviderSetsARequest(t *testing.T) {
	replace := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, _ := ginsec.Unwrap(r)
		next := c.Request.Clone(c.Request.Context())
		next.Method, next.Host, next.RemoteAddr, next.URL.Path, next.URL.RawQuery = "PUT", "other", "peer:1", "/other", "q"
		next.Header.Set("X-User", "bob")
		c.Request = next
		return nil
	})
	var seen []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		fields, _ := core.RequestAs[core.FieldLines](r)
		seen = append(fields.FieldLines("X-User"), r.Method(), r.Host(), r.RemoteAddr(), r.RoutePath(), r.RawQuery())
		return nil
	})
	outside := "nobody looked"
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Next()
		auth, _ := ginsec.Auth(c)
		outside = c.Request.Method + auth.Username()
	})
	engine.GET("/x", newSecurity(t, replace, core.PublicRoutes("/never"), look).Secured(func(c *gin.Context) {
		auth, _ := ginsec.Auth(c)
		c.String(http.StatusOK, auth.Username()+" "+c.Request.Method)
	}))
	assert.Equal(t, "bob PUT", do(engine, request("GET", "/x", "ann")).Body.String())
	assert.Equal(t, []string{"bob", "PUT", "other", "peer:1", "/other", "q"}, seen)
	assert.Equal(t, "PUT", outside)
}

// TestContextIsAContext passes Gin's context to a layer that takes a context.Context. It has the identity if the engine has
// ContextWithFallback. A value of Gin's context cannot stand for an identity.
func TestContextIsAContext(t *testing.T) {
	for name, fallback := range map[string]bool{"without fallback": false, "with fallback": true} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.ContextWithFallback = fallback
			layer := func(ctx context.Context) string {
				auth, _ := core.AuthFrom(ctx)
				return auth.Username()
			}
			handler := func(c *gin.Context) { c.String(http.StatusOK, layer(c.Request.Context())+"/"+layer(c)) }
			engine.GET("/x", newSecurity(t).Secured(handler))
			engine.GET("/public", newSecurity(t).Public(handler))
			want := map[bool]string{false: "ann/", true: "ann/ann"}[fallback]
			assert.Equal(t, want, do(engine, request("GET", "/x", "ann")).Body.String())
			assert.Equal(t, "/", do(engine, request("GET", "/public", "ann")).Body.String())
		})
	}
}

// TestCopyKeepsTheIdentity has a goroutine that outlives its handler. The copy that it keeps has the identity of its request,
// also when Gin has used the context for the request of another client.
func TestCopyKeepsTheIdentity(t *testing.T) {
	engine := gin.New()
	engine.ContextWithFallback = true
	var copies []*gin.Context
	engine.GET("/x", newSecurity(t).Secured(func(c *gin.Context) { copies = append(copies, c.Copy()) }))
	engine.GET("/public", func(c *gin.Context) { copies = append(copies, c.Copy()) })
	do(engine, request("GET", "/x", "ann"))
	do(engine, request("GET", "/x", "bob"))
	do(engine, request("GET", "/public", "eve"))
	for i, want := range []string{"ann", "bob", ""} {
		auth, _ := ginsec.Auth(copies[i])
		assert.Equal(t, want, auth.Username())
		auth, _ = core.AuthFrom(copies[i])
		assert.Equal(t, want, auth.Username())
	}
}

// TestContextIsUsedAgain looks for what a request has left in a context that Gin uses for the next one.
func TestContextIsUsedAgain(t *testing.T) {
	engine := gin.New()
	var contexts []*gin.Context
	engine.GET("/x", newSecurity(t).Secured(func(c *gin.Context) { contexts = append(contexts, c) }))
	engine.GET("/open", func(c *gin.Context) {
		contexts = append(contexts, c)
		_, ok := ginsec.Auth(c)
		assert.False(t, ok)
		assert.False(t, c.IsAborted())
	})
	for range 10 {
		do(engine, request("GET", "/x", "ann"))
		do(engine, request("GET", "/x", ""))
		do(engine, request("GET", "/open", ""))
	}
	assert.Len(t, contexts, 20)
}

// TestDeadlineSetInFront limits the time of a request as the package comment says: with middleware that sets a deadline.
func TestDeadlineSetInFront(t *testing.T) {
	engine := gin.New()
	seen := "nobody looked"
	engine.Use(func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), time.Hour)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Set("cancel", cancel)
		c.Next()
		auth, _ := ginsec.Auth(c)
		seen = auth.Username()
	}, newSecurity(t).Middleware)
	engine.GET("/x", func(c *gin.Context) {
		_, ok := c.Request.Context().Deadline()
		assert.True(t, ok)
		c.MustGet("cancel").(context.CancelFunc)()
		c.String(http.StatusGatewayTimeout, "%v", c.Request.Context().Err())
	})
	w := do(engine, request("GET", "/x", "ann"))
	assert.Equal(t, 504, w.Code)
	assert.Equal(t, "context canceled", w.Body.String())
	assert.Empty(t, seen)
}
