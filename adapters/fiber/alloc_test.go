//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package fibersec_test

import (
	"context"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

// TestAllocations holds what the chain costs beyond a middleware that does nothing: the context.
func TestAllocations(t *testing.T) {
	auth := core.NewAuth(core.AuthData{Username: "ann"})
	fixed := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
		if _, n := r.Header("X-User"); n == 1 {
			return sc.SetAuth(auth)
		}
		return nil
	})
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck", "/docs/**"), fixed)
	require.NoError(t, err)
	served := 0
	measure := func(middleware fiber.Handler) float64 {
		app := fiber.New()
		app.Use(middleware)
		app.Get("/x", func(*fiber.Ctx) error { served++; return nil })
		handler, ctx := app.Handler(), &fasthttp.RequestCtx{}
		ctx.Request.Header.SetMethod("GET")
		ctx.Request.SetRequestURI("/x")
		ctx.Request.Header.Set("X-User", "ann")
		return testing.AllocsPerRun(1000, func() {
			handler(ctx)
			ctx.ResetUserValues()
		})
	}
	noop := measure(func(c *fiber.Ctx) error { return c.Next() })
	assert.LessOrEqual(t, measure(fibersec.New(chain).Middleware)-noop, 1.0)
	assert.Equal(t, 2002, served, "each call was served")
}
