//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package echosec_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

// TestAllocations limits what a chain allocates beyond a middleware that does nothing to two: the context, and the copy of the
// request that carries it.
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
	bare := func(c *echo.Context) error { served++; return c.Request().Context().Err() }
	measure := func(m echo.MiddlewareFunc) float64 {
		e := echo.New()
		e.GET("/x", bare, m)
		w, r := httptest.NewRecorder(), request("GET", "/x", "ann")
		return testing.AllocsPerRun(1000, func() { e.ServeHTTP(w, r) })
	}
	noop := measure(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error { return next(c) }
	})
	assert.LessOrEqual(t, measure(echosec.New(chain).Middleware)-noop, 2.0)
	assert.Equal(t, 2002, served, "each call was served")
}
