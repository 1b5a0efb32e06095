package service_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

func serveNothing(*service.App) (service.Server, error) {
	return service.HTTP(http.NotFoundHandler()), nil
}

// TestWrongValues has values that a service cannot start with. The error says what to change, and the gateway is not asked.
func TestWrongValues(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, c := range []struct {
		name   string
		change func(c *service.Config)
		says   string
	}{
		{"no name", func(c *service.Config) { c.Name = "" }, "the service cannot start: Config.Name is empty"},
		{"a name that Kong refuses", func(c *service.Config) { c.Name = "hello service" }, "registrator: validate hello service: invalid: Service.Name"},
		{"no paths", func(c *service.Config) { c.Paths = nil }, "registrator: validate hello-service: invalid"},
		{"a path without a slash", func(c *service.Config) { c.Paths = []string{"hello"} }, `Service.Paths: "hello" must begin with / or ~/`},
		{"a multicast address", func(c *service.Config) { c.Host = "224.0.0.1" }, "must be the address of one machine"},
		{"no policy", func(c *service.Config) { c.Policy = nil }, "Config.Policy is nil: say whose tokens the service accepts"},
		{"a policy without providers", func(c *service.Config) {
			c.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) {
				chain, err := core.NewSecurityChain()
				return chain, nil, err
			}
		}, "hello-service cannot start: core: "},
		{"a policy without a chain", func(c *service.Config) {
			c.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) { return nil, []io.Closer{nil}, nil }
		}, "Config.Policy returned no chain and no error"},
		{"a directory that is not there", func(c *service.Config) { c.Policy = service.Microkubes("/nowhere") }, "the keys directory cannot be opened"},
		{"an OpenID provider without a URL", func(c *service.Config) { c.Policy = service.OIDC(oidc.Config{}) }, "oidc: "},
		{"two names", func(c *service.Config) { c.Registration.Name = "other" }, "Config.Registration must have no Name and no Paths"},
		{"two lists of paths", func(c *service.Config) { c.Registration.Paths = []string{"/"} }, "Config.Registration must have no Name and no Paths"},
		{"an address and a listener", func(c *service.Config) { c.Listener = newPipes("10.0.0.7", 8080) }, "Config has an Address and a Listener"},
		{"an address without a port", func(c *service.Config) { c.Address = "127.0.0.1" }, "write host:port or :port in Config.Address or LISTEN_ADDR"},
		{"a port alone", func(c *service.Config) { c.Address = "8080" }, "write host:port or :port"},
		{"an empty port", func(c *service.Config) { c.Address = "127.0.0.1:" }, "write host:port or :port"},
		{"a port out of range", func(c *service.Config) { c.Address = "127.0.0.1:99999" }, "choose another address in Config.Address"},
		{"a socket in a file", func(c *service.Config) { c.Address = "unix:/tmp/socket" }, "choose another address in Config.Address"},
		{"a port in use", func(c *service.Config) { c.Address = taken.Addr().String() }, "or end the process that uses it"},
		{"an address that is not known", func(c *service.Config) { c.Address = ":0" }, "set SERVICE_HOST or Config.Host, in Kubernetes to the pod's status.podIP"},
		{"every IPv4 address", func(c *service.Config) { c.Address = "0.0.0.0:0" }, "set SERVICE_HOST or Config.Host"},
		{"a host with a port", func(c *service.Config) { c.Host = "10.0.0.7:8080" }, "write a name or an address without scheme and port"},
		{"a host with a scheme", func(c *service.Config) { c.Host = "http://10.0.0.7" }, "write a name or an address without scheme and port"},
		{"a name in brackets", func(c *service.Config) { c.Host = "[hello]" }, "write a name or an address without scheme and port"},
		{"a host in quotation marks", func(c *service.Config) { c.Host = `"10.0.0.7"` }, "write a name or an address without scheme and port"},
		{"a host with a password", func(c *service.Config) { c.Host = "pw-in-host@10.0.0.7" }, "write a name or an address without scheme and port"},
		{"an address with a password", func(c *service.Config) { c.Address = "pw-in-address@127.0.0.1:0" }, "write host:port or :port"},
		{"a host and a host for all", func(c *service.Config) {
			c.Host, c.Registration.Host = "10.0.0.7", "hello.service.consul"
		}, "Config has a Host, and so has its Registration"},
		{"a host and an instance", func(c *service.Config) {
			c.Host, c.Registration.Instance = "10.0.0.7", "10.0.0.8:80"
		}, "Config has a Host, and so has its Registration"},
		{"TLS without a certificate", func(c *service.Config) { c.TLS = &tls.Config{} }, "Config.TLS has no certificate"},
		{"https without TLS", func(c *service.Config) { c.Registration.Protocol = "https" }, "does not fit Config.TLS"},
		{"TLS without https", func(c *service.Config) {
			c.TLS, c.Registration.Protocol = &tls.Config{Certificates: make([]tls.Certificate, 1)}, "http"
		}, "does not fit Config.TLS"},
		{"a health path without a slash", func(c *service.Config) { c.HealthPath = "health" }, `the HealthPath "health" is not a plain path`},
		{"no health path", func(c *service.Config) { c.HealthPath = "-" }, "is not a plain path"},
		{"an escape in a path", func(c *service.Config) { c.VersionPath = "/a%20b" }, `the VersionPath "/a%20b" is not a plain path`},
		{"dot segments", func(c *service.Config) { c.VersionPath = "/a/../b" }, "is not a plain path"},
		{"a letter that clients escape", func(c *service.Config) { c.HealthPath = "/gesundheit-ö" }, "is not a plain path"},
		{"a brace in a path", func(c *service.Config) { c.HealthPath = "/{health}" }, "is not a plain path"},
		{"a control character in a path", func(c *service.Config) { c.VersionPath = "/a\tb" }, "is not a plain path"},
		{"a slash at the end", func(c *service.Config) { c.HealthPath = "/health/" }, "is not a plain path"},
		{"the root", func(c *service.Config) { c.VersionPath = "/" }, "is not a plain path"},
		{"one path for two endpoints", func(c *service.Config) { c.HealthPath = "/version" }, "Config.VersionPath is the path of another endpoint"},
		{"the path for liveness", func(c *service.Config) { c.VersionPath = "/healthcheck/live" }, "Config.VersionPath is the path of another endpoint"},
		{"a negative time", func(c *service.Config) { c.StopTimeout = -time.Second }, "Config.StopTimeout is negative"},
		{"a gateway without a scheme", func(c *service.Config) { c.GatewayURL = "kong:8001" }, "has no scheme"},
		{"a gateway and none", func(c *service.Config) { c.WithoutGateway = true }, "Config has WithoutGateway and a GatewayURL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gateway := kongtest.Start(kongtest.Config{})
			defer gateway.Close()
			config := service.Config{
				Name: "hello-service", Paths: []string{"/hello"}, Address: "127.0.0.1:0", GatewayURL: gateway.AdminURL(),
				Policy: service.Microkubes(writtenKeys(t)), Logger: slog.New(slog.DiscardHandler),
			}
			c.change(&config)
			built := false
			err := service.Run(t.Context(), config, func(app *service.App) (service.Server, error) {
				built = true
				return serveNothing(app)
			})
			require.ErrorIs(t, err, service.ErrStart)
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "pw-in-")
			assert.False(t, built && errors.Is(err, registrator.ErrInvalid) && config.GatewayURL == gateway.AdminURL(),
				"a wrong registration is found before the routes are made and their audit compares them with it")
			assert.Empty(t, gateway.Requests())
		})
	}
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
