//go:build !race

// The race detector makes sync.Pool drop what it is given, so allocations are counted without it.

package httpseam_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// TestAllocations limits the allocations of a guarded request to two: the context, and the copy of the request that carries it.
func TestAllocations(t *testing.T) {
	auth := core.NewAuth(core.AuthData{Username: "ann"})
	chain := newChain(t, core.ProviderFunc(
		func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			return sc.SetAuth(auth)
		}))
	c := &Context{httptest.NewRequest("GET", "/x", nil), httptest.NewRecorder()}
	served := 0
	assert.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
		if ctx, ok := httpseam.Guard(chain, seam{c}); ok {
			httpseam.Serve(ctx, c.Request, seam{c}, func() { served++ })
		}
	}), 2.0)
	assert.Equal(t, 1001, served)
}

// TestAllocationsOfHeaders limits the allocations for the headers of a refusal to one. The map is not counted.
func TestAllocationsOfHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	a := &at{w: w}
	var x httpseam.Exchange
	set := func() {
		x = httpseam.Exchange{Context: a}
		for _, name := range []string{"A", "B", "C", "D"} {
			x.SetHeader(name, "1")
		}
	}
	set()
	assert.LessOrEqual(t, testing.AllocsPerRun(100, set), 1.0)
}
