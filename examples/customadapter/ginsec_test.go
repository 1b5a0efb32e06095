package ginsec_test

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	ginsec "github.com/microkubes/microkubes-go/examples/customadapter"
)

// The harness begins here.
func TestConformance(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	conformance.Run(t, conformance.Harness{Name: "ginsec", Serve: serve})
}

func serve(app conformance.App) (string, func(), error) {
	engine := gin.New()
	if app.Front != nil {
		engine.Use(func(c *gin.Context) {
			ctx, reply := app.Front(c.Request.Context(), c.GetHeader)
			if c.Request = c.Request.WithContext(ctx); reply.WriteTo(c.Writer) {
				c.Abort()
			}
		})
	}
	if app.Chain != nil {
		engine.Use(ginsec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		path := strings.Replace(r.ColonPath(), "*", "*rest", 1)
		h := func(c *gin.Context) {
			r.Handle(c.Request.Context(), c.GetHeader).WriteTo(c.Writer)
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
	server := httptest.NewServer(engine)
	return server.Listener.Addr().String(), server.Close, nil
}

// And here it ends: an afternoon's work must stay one.
func TestHarnessIsShort(t *testing.T) {
	source, err := os.ReadFile("ginsec_test.go")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(source), "// The harness begins"+" here.\n")
	require.True(t, found)
	harness, _, found := strings.Cut(after, "// And here it"+" ends")
	require.True(t, found)
	assert.LessOrEqual(t, strings.Count(harness, "\n"), 40)
}
