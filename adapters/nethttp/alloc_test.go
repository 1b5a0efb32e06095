//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package nethttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// TestAllocations limits the allocations of a guarded request to two: the context, and the copy of the request that carries it.
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
	sec := nethttp.New(chain)
	served := 0
	bare := func(http.ResponseWriter, *http.Request) { served++ }
	secured := sec.Secured(bare)
	w, r := httptest.NewRecorder(), request("GET", "/x", "ann")
	before := testing.AllocsPerRun(1000, func() { bare(w, r) })
	after := testing.AllocsPerRun(1000, func() { secured(w, r) })
	assert.LessOrEqual(t, after-before, 2.0)
	assert.Equal(t, 2002, served, "each call was served")
}
