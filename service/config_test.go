package service_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/service"
)

func serveNothing(*service.App) (service.Server, error) {
	return service.HTTP(http.NotFoundHandler()), nil
}

// TestListenerIsClosed has a Config that is refused at once. Its listener is closed all the same.
func TestListenerIsClosed(t *testing.T) {
	listener := newPipes("10.0.0.7", 8080)
	err := service.Run(t.Context(), service.Config{Listener: listener}, serveNothing)
	require.ErrorIs(t, err, service.ErrStart)
	_, err = listener.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)

	inVirtualTime(t, func(t *testing.T, f *fixture) { // a Config that is good, and a policy that fails
		f.config.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) { return nil, nil, io.ErrUnexpectedEOF }
		require.ErrorIs(t, f.run(), service.ErrStart)
		_, err := f.config.Listener.Accept()
		assert.ErrorIs(t, err, net.ErrClosed)
	})
}

// TestWrongRoutes has functions that make no routes.
func TestWrongRoutes(t *testing.T) {
	var none http.Handler
	var mux *http.ServeMux
	handler := func(h http.Handler) func(*service.App) (service.Server, error) {
		return func(*service.App) (service.Server, error) { return service.HTTP(h), nil }
	}
	for name, c := range map[string]struct {
		build func(*service.App) (service.Server, error)
		says  string
	}{
		"nil":        {nil, "the function that makes the routes is nil"},
		"no server":  {func(*service.App) (service.Server, error) { return nil, nil }, "return service.HTTP(handler), nil"},
		"no handler": {handler(none), "return service.HTTP(handler), nil"},
		"a nil mux":  {handler(mux), "return service.HTTP(handler), nil"},
		"a nil func": {handler(http.HandlerFunc(nil)), "return service.HTTP(handler), nil"},
		"an error":   {func(*service.App) (service.Server, error) { return nil, errors.New("no database") }, "hello-service cannot start: no database"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				err := service.Run(f.ctx, f.config, c.build)
				require.ErrorIs(t, err, service.ErrStart)
				assert.ErrorContains(t, err, c.says)
				assert.Empty(t, f.gateway.Requests())
			})
		})
	}
}

// TestAddressForTheGateway has what the gateway is told, by what is configured.
func TestAddressForTheGateway(t *testing.T) {
	for _, c := range []struct {
		name           string
		env            map[string]string
		change         func(c *service.Config)
		listens        string
		target, host   string
		port, protocol string
	}{
		{name: "the listener's", listens: "10.0.0.7", target: "10.0.0.7:9090"},
		{name: "the listener's, IPv6", listens: "fd00::7", target: "[fd00:0000:0000:0000:0000:0000:0000:0007]:9090"},
		{name: "Config.Host", listens: "0.0.0.0", change: func(c *service.Config) { c.Host = "10.0.0.8" }, target: "10.0.0.8:9090"},
		{name: "Config.Host before SERVICE_HOST", env: map[string]string{"SERVICE_HOST": "10.0.0.9"}, listens: "0.0.0.0",
			change: func(c *service.Config) { c.Host = "10.0.0.8" }, target: "10.0.0.8:9090"},
		{name: "SERVICE_HOST", env: map[string]string{"SERVICE_HOST": "10.0.0.9"}, listens: "::", target: "10.0.0.9:9090"},
		{name: "SERVICE_HOST before the listener's", env: map[string]string{"SERVICE_HOST": "pod-7.local"}, listens: "10.0.0.7", target: "pod-7.local:9090"},
		{name: "SERVICE_HOST in brackets", env: map[string]string{"SERVICE_HOST": "[fd00::9]"}, listens: "::",
			target: "[fd00:0000:0000:0000:0000:0000:0000:0009]:9090"},
		{name: "an instance without a port", listens: "::", change: func(c *service.Config) { c.Registration.Instance = "10.0.0.6" }, target: "10.0.0.6:9090"},
		{name: "an instance", listens: "::", change: func(c *service.Config) { c.Registration.Instance = "10.0.0.6:5000" }, target: "10.0.0.6:5000"},
		{name: "a host", listens: "::", change: func(c *service.Config) { c.Registration.Host = "hello.service.consul" }, host: "hello.service.consul", port: "9090"},
		{name: "a host with a port", listens: "::", change: func(c *service.Config) {
			c.Registration.Host, c.Registration.Port = "hello.service.consul", 80
		}, host: "hello.service.consul", port: "80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.config.Listener = newPipes(c.listens, 9090)
				if c.change != nil {
					c.change(&f.config)
				}
				f.hooks.at["serving"] = func() {
					found := entities(t, f.gateway)
					if c.target != "" {
						assert.Contains(t, targets(t, f.gateway, "hello-service"), `"target":"`+c.target+`"`)
					} else {
						assert.Contains(t, found["/services"], `"host":"`+c.host+`"`)
						assert.Contains(t, found["/services"], `"port":`+c.port)
						assert.Empty(t, found["/upstreams"])
					}
					f.stop()
				}
				assert.NoError(t, f.run())
				assert.Empty(t, entities(t, f.gateway))
			})
		})
	}
}

// TestListenerWithoutAPort has a listener whose address has no port. The gateway is told a port only if the Config has one.
func TestListenerWithoutAPort(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *service.Config)
		says   string // empty: no error
	}{
		{"a host alone", func(c *service.Config) { c.Registration.Host = "hello.service.consul" }, "which the gateway cannot reach: set Config.Registration"},
		{"an instance alone", func(c *service.Config) { c.Registration.Instance = "10.0.0.6" }, "which the gateway cannot reach: set Config.Registration"},
		{"Config.Host", func(c *service.Config) { c.Host = "10.0.0.6" }, "which the gateway cannot reach: set Config.Registration"},
		{"a host with a port", func(c *service.Config) { c.Registration.Host, c.Registration.Port = "hello.service.consul", 80 }, ""},
		{"an instance with a port", func(c *service.Config) { c.Registration.Instance = "10.0.0.6:5000" }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				listener := newPipes("10.0.0.7", 8080)
				listener.addr = &net.UnixAddr{Name: "/run/hello", Net: "unix"}
				f.config.Listener = listener
				c.change(&f.config)
				f.hooks.at["serving"] = f.stop
				err := f.run()
				if c.says == "" {
					assert.NoError(t, err)
					return
				}
				assert.ErrorIs(t, err, service.ErrStart)
				assert.ErrorContains(t, err, c.says)
				assert.Empty(t, f.gateway.Requests())
			})
		})
	}
}

// TestConfigIsNotChanged runs a service twice with one Config, whose slices belong to the caller.
func TestConfigIsNotChanged(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.config.Registration.Plugins = []registrator.Plugin{{Name: "cors"}}
		before := f.config
		f.hooks.at["serving"] = f.stop
		assert.NoError(t, f.run())
		assert.Equal(t, before.Registration, f.config.Registration)
		assert.Equal(t, []string{"/hello"}, f.config.Paths)
	})
}
