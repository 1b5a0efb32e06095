package ginsec_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

func TestNilIsRefusedAtStart(t *testing.T) {
	sec := newSecurity(t)
	assert.PanicsWithValue(t, "ginsec: New: the chain is nil: handle the error of core.NewSecurityChain",
		func() { ginsec.New(nil) })
	assert.PanicsWithValue(t, "ginsec: the handler is nil", func() { sec.Secured(nil) })
	assert.Panics(t, func() { sec.Public(nil) })
	assert.Panics(t, func() { sec.With(core.Optional()) })
}

func TestHandlerReadsAuthAndRequest(t *testing.T) {
	engine := gin.New()
	engine.GET("/hello/:name", newSecurity(t).Secured(func(c *gin.Context) {
		auth, ok := ginsec.Auth(c)
		assert.True(t, ok)
		c.String(http.StatusOK, auth.Username()+" "+c.Param("name")+" "+c.FullPath())
	}))
	assert.Equal(t, "ann you /hello/:name", do(engine, request("GET", "/hello/you", "ann")).Body.String())
}

// TestNetHTTPHandlersReadAuth has handlers of net/http, as Gin mounts them.
func TestNetHTTPHandlersReadAuth(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		auth, _ := core.AuthFrom(r.Context())
		_, _ = w.Write([]byte(auth.Username()))
	}
	engine := gin.New()
	engine.GET("/h", newSecurity(t).Secured(gin.WrapH(http.HandlerFunc(h))))
	engine.GET("/f", newSecurity(t).Middleware, gin.WrapF(h))
	assert.Equal(t, "ann", do(engine, request("GET", "/h", "ann")).Body.String())
	assert.Equal(t, "ann", do(engine, request("GET", "/f", "ann")).Body.String())
	assert.Equal(t, 401, do(engine, request("GET", "/f", "")).Code)
}

func TestProviderUnwrapsContext(t *testing.T) {
	var kept core.Request
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, ok := ginsec.Unwrap(r)
		assert.True(t, ok)
		assert.Equal(t, "/x", c.FullPath())
		kept = r
		return nil
	})
	engine := gin.New()
	engine.GET("/x", newSecurity(t, peek).Secured(func(c *gin.Context) {
		_, ok := ginsec.Unwrap(kept)
		assert.False(t, ok, "the chain has ended")
		c.Status(http.StatusNoContent)
	}))
	assert.Equal(t, 204, do(engine, request("GET", "/x?a=b", "ann")).Code)
}

// TestForwardingHeadersAreNotRead has an engine that trusts every proxy and a platform's header.
func TestForwardingHeadersAreNotRead(t *testing.T) {
	var seen []string
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, _ := ginsec.Unwrap(r)
		assert.Equal(t, "203.0.113.9", c.ClientIP(), "Gin trusts the header")
		seen = []string{r.Scheme(), r.Host(), r.RemoteAddr(), r.RawQuery(), r.RoutePath()}
		return nil
	})
	engine := gin.New()
	engine.TrustedPlatform = gin.PlatformCloudflare
	engine.GET("/x", newSecurity(t, peek).Secured(user))
	r := request("GET", "/x?a=b", "ann")
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Cf-Connecting-Ip"} {
		r.Header.Set(name, "203.0.113.9")
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "other.test")
	r.Header.Set("X-Forwarded-Prefix", "/public")
	assert.Equal(t, "ann", do(engine, r).Body.String())
	assert.Equal(t, []string{"http", "example.com", "192.0.2.1:1234", "a=b", "/x"}, seen)
}

func TestParentContextSurvives(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "outer"))
	defer cancel()
	engine := gin.New()
	engine.GET("/x", newSecurity(t).Secured(func(c *gin.Context) {
		assert.Equal(t, "outer", c.Request.Context().Value(key{}))
		cancel()
		assert.ErrorIs(t, c.Request.Context().Err(), context.Canceled)
		c.Status(http.StatusNoContent)
	}))
	assert.Equal(t, 204, do(engine, request("GET", "/x", "ann").WithContext(ctx)).Code)
}

// TestRefusalEndsTheHandlers counts the handlers that run when a chain refuses, at each place where it can stand.
func TestRefusalEndsTheHandlers(t *testing.T) {
	ran, aborted := 0, false
	count := func(*gin.Context) { ran++ }
	around := func(c *gin.Context) {
		c.Next()
		aborted = c.IsAborted()
	}
	for name, handlers := range map[string][]gin.HandlerFunc{
		"middleware":                   {around, newSecurity(t).Middleware, count, count},
		"middleware behind middleware": {around, newSecurity(t, core.Optional()).Middleware, newSecurity(t).Middleware, count},
		"secured handler":              {around, newSecurity(t).Secured(count), count},
		"last handler":                 {around, newSecurity(t).Secured(count)},
		"then without a chain":         {around, newSecurity(t).Then(core.RequireRoles("admin")).Middleware, count},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/x", handlers...)
			ran, aborted = 0, false
			w := do(engine, request("GET", "/x", ""))
			assert.NotEqual(t, 200, w.Code)
			assert.Contains(t, w.Body.String(), `"code":`)
			assert.Zero(t, ran)
			assert.True(t, aborted)
		})
	}
}

// TestHandlersThatFollow has handlers behind a guarded one. Those behind Middleware have the identity, those behind Secured do not.
func TestHandlersThatFollow(t *testing.T) {
	sec := newSecurity(t)
	for name, c := range map[string]struct {
		handlers []gin.HandlerFunc
		want     string
	}{
		"middleware":                        {[]gin.HandlerFunc{sec.Middleware, user, user}, "annann"},
		"secured":                           {[]gin.HandlerFunc{sec.Secured(user), user}, "ann"},
		"secured that calls the next":       {[]gin.HandlerFunc{sec.Secured((*gin.Context).Next), user}, "ann"},
		"middleware, then a public handler": {[]gin.HandlerFunc{sec.Middleware, sec.Public(user), user}, "ann"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/x", c.handlers...)
			assert.Equal(t, c.want, do(engine, request("GET", "/x", "ann")).Body.String())
		})
	}
}

// TestRefusalIsNotAnError has a logger and a handler of errors in front. They see the status of a refusal and no error of Gin.
func TestRefusalIsNotAnError(t *testing.T) {
	var statuses []int
	failures := 0
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Next()
		statuses = append(statuses, c.Writer.Status())
		failures += len(c.Errors)
	})
	fail := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		if _, n := r.Header("X-Fail"); n > 0 {
			return errors.New("not for the client")
		}
		return nil
	})
	engine.GET("/x", newSecurity(t, fail).Secured(func(c *gin.Context) {
		_ = c.AbortWithError(418, errors.New("of the handler"))
	}))
	do(engine, request("GET", "/x", ""))
	broken := request("GET", "/x", "ann")
	broken.Header.Set("X-Fail", "1")
	assert.JSONEq(t, `{"code":500,"message":"internal server error"}`, do(engine, broken).Body.String())
	assert.Zero(t, failures)
	assert.Equal(t, 418, do(engine, request("GET", "/x", "ann")).Code)
	assert.Equal(t, 1, failures, "the error of the handler")
	assert.Equal(t, []int{401, 500, 418}, statuses)
}

// TestMiddlewareInFront has middleware of the engine that sets CORS headers and answers preflights, as gin-contrib/cors does.
func TestMiddlewareInFront(t *testing.T) {
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Header("Access-Control-Allow-Origin", "*")
		c.Header("Content-Length", "99")
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			c.AbortWithStatus(http.StatusNoContent)
		}
	}, newSecurity(t).Middleware)
	engine.GET("/x", user)

	w := do(engine, request("GET", "/x", ""))
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	assert.Empty(t, w.Header().Get("Content-Length"), "it was for another body")

	preflight := request("OPTIONS", "/x", "")
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	assert.Equal(t, 204, do(engine, preflight).Code, "answered in front of the chain")
	assert.Equal(t, 401, do(engine, request("OPTIONS", "/x", "")).Code, "not a preflight")
}

// TestStatusSetInFront has middleware that sets a status and writes nothing: the refusal replaces it.
func TestStatusSetInFront(t *testing.T) {
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.Status(http.StatusAccepted) }, newSecurity(t).Middleware)
	engine.GET("/x", user)
	assert.Equal(t, 401, do(engine, request("GET", "/x", "")).Code)
}

func TestWrittenResponseIsLeftAlone(t *testing.T) {
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.String(http.StatusAccepted, "already") })
	served := false
	engine.GET("/x", newSecurity(t).Secured(func(*gin.Context) { served = true }))
	w := do(engine, request("GET", "/x", ""))
	assert.Equal(t, 202, w.Code)
	assert.Equal(t, "already", w.Body.String())
	assert.False(t, served)
	do(engine, request("GET", "/x", "ann"))
	assert.True(t, served)
}

// TestProviderReadsAllLines has a provider that reads every line of a field.
func TestProviderReadsAllLines(t *testing.T) {
	var lines []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		fields, ok := core.RequestAs[core.FieldLines](r)
		assert.True(t, ok)
		lines = fields.FieldLines("Cookie")
		return nil
	})
	r := request("GET", "/x", "ann")
	r.Header["Cookie"] = []string{"a=b", "c=d"}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = r
	newSecurity(t, look).Secured(user)(c)
	assert.Equal(t, []string{"a=b", "c=d"}, lines)
}

// otherFramework is the seam of another framework.
type otherFramework struct{}

func (otherFramework) Request() *http.Request        { return request("GET", "/x", "ann") }
func (otherFramework) Response() http.ResponseWriter { return httptest.NewRecorder() }

func TestUnwrapKnowsItsOwnRequestsOnly(t *testing.T) {
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		c, ok := ginsec.Unwrap(r)
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
