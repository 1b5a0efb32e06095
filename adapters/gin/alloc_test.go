//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package ginsec_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
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
	measure := func(m gin.HandlerFunc) float64 {
		engine := gin.New()
		engine.GET("/x", m, func(*gin.Context) { served++ })
		w, r := httptest.NewRecorder(), request("GET", "/x", "ann")
		return testing.AllocsPerRun(1000, func() { engine.ServeHTTP(w, r) })
	}
	noop := measure((*gin.Context).Next)
	assert.LessOrEqual(t, measure(ginsec.New(chain).Middleware)-noop, 2.0)
	assert.Equal(t, 2002, served, "each call was served")
}
