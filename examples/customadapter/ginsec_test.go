package ginsec_test

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	ginsec "github.com/microkubes/microkubes-go/examples/customadapter"
)

// The harness begins here.
var harness = conformance.Harness{Name: "ginsec", Serve: serve}

func TestConformance(t *testing.T) { conformance.Run(t, harness) }

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(around(app))
	if app.Chain != nil {
		engine.Use(ginsec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		mount(engine, r)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app.Override != nil { // Gin has no middleware for it: it must come before the router
			r.Method = cmp.Or(app.Override(r.Header.Get), r.Method)
		}
		engine.ServeHTTP(w, r)
	}))
	return server.Listener.Addr().String(), server.Close, nil
}

func mount(engine *gin.Engine, r conformance.Route) {
	path := strings.Replace(r.ColonPath(), "*", "*rest", 1)
	h := func(c *gin.Context) { r.Handle(c.Request.Context(), c.GetHeader).WriteTo(c.Writer) }
	if r.HTTP != nil {
		h = gin.WrapH(r.HTTP)
	}
	switch r.Guard {
	case conformance.Bare:
		engine.Handle(r.Method, path, h)
	case conformance.Public:
		engine.Handle(r.Method, path, ginsec.New(r.Chain).With(r.With...).Public(h))
	case conformance.Grouped:
		engine.Group("", ginsec.New(r.Chain).With(r.With...).Middleware).Handle(r.Method, path, h)
	default:
		engine.Handle(r.Method, path, ginsec.New(r.Chain).With(r.With...).Secured(h))
	}
}

func around(app conformance.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		if app.Front != nil {
			ctx, reply := app.Front(c.Request.Context(), c.GetHeader)
			if c.Request = c.Request.WithContext(ctx); reply.WriteTo(c.Writer) {
				c.Abort()
				return
			}
		}
		c.Next()
		if app.Back != nil {
			app.Back(c.Request.Context(), c.Request.Pattern)
		}
	}
}

// And here it ends.

// TestHarnessIsShort keeps the promise of the README: a harness of sixty lines.
func TestHarnessIsShort(t *testing.T) {
	source, err := os.ReadFile("ginsec_test.go")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(source), "// The harness begins"+" here.\n")
	require.True(t, found)
	harness, _, found := strings.Cut(after, "// And here it"+" ends")
	require.True(t, found)
	assert.LessOrEqual(t, strings.Count(harness, "\n"), 60)
}

// TestNobodyIsSeenOutside has a handler that panics, and one that leaves a request of its own in Gin's context. Middleware
// outside sees no identity in either case.
func TestNobodyIsSeenOutside(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	chain, err := core.NewSecurityChain(core.ProviderFunc(
		func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "ann"}))
		}))
	require.NoError(t, err)
	sec := ginsec.New(chain)
	panics := map[string]any{"panics": http.ErrAbortHandler}
	for name, handler := range map[string]gin.HandlerFunc{
		"panics":         func(*gin.Context) { panic(http.ErrAbortHandler) },
		"sets a request": func(c *gin.Context) { c.Request = c.Request.WithContext(c.Request.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			inside, outside := "", "nobody looked"
			engine := gin.New()
			engine.Use(func(c *gin.Context) {
				defer func() {
					assert.Equal(t, panics[name], recover(), "it passes untouched")
					auth, _ := core.AuthFrom(c.Request.Context())
					outside = auth.UserID()
				}()
				c.Next()
			}, sec.Middleware)
			engine.GET("/x", sec.Secured(func(c *gin.Context) {
				auth, _ := core.AuthFrom(c.Request.Context())
				inside = auth.UserID()
				handler(c)
			}))
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil))
			assert.Equal(t, "ann", inside)
			assert.Empty(t, outside)
		})
	}
}

// TestContextThatServesAnotherRequest has a handler that outlives its request, behind middleware that stops waiting. If Gin has
// given the context to another request meanwhile, that request stays there. Otherwise the context shows no identity.
func TestContextThatServesAnotherRequest(t *testing.T) {
	chain, err := core.NewSecurityChain(core.ProviderFunc(
		func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "ann"}))
		}))
	require.NoError(t, err)
	for name, reused := range map[string]bool{"given up": false, "given up, and used again": true} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			first := httptest.NewRequest(http.MethodGet, "/x", nil).WithContext(ctx)
			second := httptest.NewRequest(http.MethodGet, "/x", nil)
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = first
			ginsec.New(chain).Secured(func(c *gin.Context) {
				cancel()
				if c.Request = c.Request.WithContext(c.Request.Context()); reused {
					c.Request = second
				}
			})(c)
			assert.Same(t, map[bool]*http.Request{false: first, true: second}[reused], c.Request)
		})
	}
}
