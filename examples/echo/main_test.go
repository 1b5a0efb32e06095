package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// TestRoutesAreDecided fails if somebody adds a route that is neither guarded nor public, or one that the gateway does not publish.
func TestRoutesAreDecided(t *testing.T) {
	_, watched := routes(new(core.SecurityChain))
	audit.Check(t, watched)
	require.NoError(t, check(watched))
}

func TestAnUndecidedRouteStopsTheStart(t *testing.T) {
	router, watched := routes(new(core.SecurityChain))
	router.GET("/hello/new", hello)
	assert.ErrorContains(t, check(watched), "GET /hello/new: no guard was found")
}
