package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/service"
)

func TestRun(t *testing.T) {
	g := gateways(t)[0]
	if g.name == "real" {
		t.Skip("the gateway is shared, and the other tests register a service of the same name there")
	}
	config := configure("127.0.0.1:0", []string{"127.0.0.1"})
	config.GatewayURL, config.Linger = g.admin, -1
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx, config, build) }()
	require.Eventually(t, func() bool { // the service waits 10 seconds for the plugins
		status, body := raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann")
		return status == 200 && body == "ann, staff"
	}, time.Minute, 100*time.Millisecond)
	stop()
	assert.NoError(t, <-done)
}
