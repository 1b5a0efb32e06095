//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package fibersec_test

import (
	"bufio"
	"context"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestAllocations limits what a chain allocates beyond a middleware that does nothing to one: the context.
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
		app.Get("/x", func(fiber.Ctx) error { served++; return nil })
		handler, ctx := app.Handler(), &fasthttp.RequestCtx{}
		ctx.Request.Header.SetMethod("GET")
		ctx.Request.SetRequestURI("/x")
		ctx.Request.Header.Set("X-User", "ann")
		return testing.AllocsPerRun(1000, func() {
			handler(ctx)
			ctx.ResetUserValues()
		})
	}
	noop := measure(func(c fiber.Ctx) error { return c.Next() })
	assert.LessOrEqual(t, measure(fibersec.New(chain).Middleware)-noop, 1.0)
	assert.Equal(t, 2002, served, "each call was served")
}

// TestReadingAllocatesNothing reads the method, the path and header fields, some of which fasthttp keeps in a changed form.
func TestReadingAllocatesNothing(t *testing.T) {
	var name string
	var n int
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		_, n = r.Header(name)
		if r.Method() != "PUT" || r.RoutePath() != "/x" {
			n = -1
		}
		return core.BreakChain
	})
	chain, err := core.NewSecurityChain(look)
	require.NoError(t, err)
	measure := func(middleware fiber.Handler) float64 {
		app := fiber.New()
		app.Use(func(c fiber.Ctx) error { c.Method(fiber.MethodPut); return c.Next() }, middleware)
		app.Put("/x", func(fiber.Ctx) error { return nil })
		handler, ctx := app.Handler(), &fasthttp.RequestCtx{}
		require.NoError(t, ctx.Request.Read(bufio.NewReader(strings.NewReader("POST /x HTTP/1.1\r\nHost: a\r\n"+
			"Cookie: a=1; b=2;c=3\r\nUser-Agent: a\r\nX-User: a\r\nX-User: b\r\nConnection: b\r\n"+
			"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-User: c\r\n\r\n"))))
		return testing.AllocsPerRun(1000, func() {
			handler(ctx)
			ctx.ResetUserValues()
		})
	}
	noop := measure(func(c fiber.Ctx) error { return c.Next() })
	for field, lines := range map[string]int{"Cookie": 1, "User-Agent": 1, "Connection": 1, "X-User": 2, "X-None": 0} {
		name = field
		assert.LessOrEqual(t, measure(fibersec.New(chain).Middleware)-noop, 1.0, field)
		assert.Equal(t, lines, n, field)
	}
}
