package ginsec_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

// untilTheEnd is a provider that waits until the context of its request ends, and then lets the next provider decide.
var untilTheEnd = core.ProviderFunc(func(ctx context.Context, _ core.SecurityContext, _ core.Request, _ core.Response) error {
	<-ctx.Done()
	return nil
})

// TestNoAnswerIsNotSuccess has requests that end without an answer of the chain. Gin must not send 200, its status of an answer
// that nobody wrote, whether the chain has found an identity or not.
func TestNoAnswerIsNotSuccess(t *testing.T) {
	deadline := func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), time.Nanosecond)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
	for name, c := range map[string]struct {
		front    gin.HandlerFunc
		provider core.Provider
		status   int
	}{
		"deadline in front of the chain": {deadline, untilTheEnd, 503},
		"client that goes away": {func(c *gin.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			cancel()
			c.Request = c.Request.WithContext(ctx)
			c.Next()
		}, untilTheEnd, 503},
		"request of a provider": {deadline, core.ProviderFunc(
			func(ctx context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
				c, _ := ginsec.Unwrap(r)
				c.Request = c.Request.Clone(ctx)
				<-ctx.Done()
				return nil
			}), 503},
		"writer that panics": {func(c *gin.Context) {
			c.Writer = &panicsInHeader{ResponseWriter: c.Writer}
			c.Next()
		}, core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
			return core.Forbidden("nobody may")
		}), 500},
	} {
		for _, user := range []string{"", "ann"} {
			for _, path := range []string{"/x", "/none"} {
				t.Run(name+" "+user+" "+path, func(t *testing.T) {
					engine := gin.New()
					engine.Use(c.front, newSecurity(t, c.provider).Middleware)
					engine.GET("/x", func(*gin.Context) { t.Error("the handler runs") })
					assert.Equal(t, c.status, do(engine, request("GET", path, user)).Code)
				})
			}
		}
	}
}

// panicsInHeader is a response writer without a header.
type panicsInHeader struct{ gin.ResponseWriter }

func (p *panicsInHeader) Header() http.Header { panic("in Header") }
