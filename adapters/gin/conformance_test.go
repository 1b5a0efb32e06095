package ginsec_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/conformance"
)

var harness = conformance.Harness{Name: "ginsec", Serve: serve, Timeout: time.Minute}

func TestConformance(t *testing.T) { conformance.Run(t, harness) }

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
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

// around is the middleware in front of everything. It passes a request on unchanged unless the suite gives it another context.
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
