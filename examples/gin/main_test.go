package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/service"
)

// TestRoutesAreDecided fails if somebody adds a route that is neither guarded nor public.
func TestRoutesAreDecided(t *testing.T) {
	server, err := routes(&service.App{Chain: new(core.SecurityChain)})
	assert.NoError(t, err)
	assert.NotNil(t, server)
}
