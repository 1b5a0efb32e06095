package service_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/service"
)

// TestCheckKnowsTheRegistration has routes that fit the paths alone, and what else the registration says.
func TestCheckKnowsTheRegistration(t *testing.T) {
	chain, err := core.NewSecurityChain(jwt.New(issuer().Keys(), jwt.Microkubes(issuerName)))
	require.NoError(t, err)
	for _, c := range []struct {
		name         string
		change       func(c *service.Config)
		method, host string
		path, says   string
	}{
		{"fits", func(*service.Config) {}, "GET", "", "/hello", ""},
		{"a method that is not published", func(c *service.Config) { c.Registration.Methods = []string{"GET"} }, "POST", "", "/hello", "POST /hello"},
		{"a path that is stripped", func(c *service.Config) { c.Registration.StripPath = true }, "", "", "/{rest...}", ""},
		{"a host that is not published", func(c *service.Config) {
			c.Registration.Hosts, c.Registration.PreserveHost = []string{"api.test"}, true
		}, "", "other.test", "/hello", "other.test"},
		{"the host of the service", func(c *service.Config) { c.Registration.Host = "hello.test" }, "", "hello.test", "/hello", ""},
		{"the host of the client", func(c *service.Config) {
			c.Registration.Host, c.Registration.PreserveHost = "hello.test", true
			c.Registration.Hosts = []string{"api.test"}
		}, "", "hello.test", "/hello", "hello.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				c.change(&f.config)
				f.hooks.at["serving"] = f.stop
				route := audit.NewRoute(c.host, c.method, c.path, chain)
				err := service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) {
					return service.HTTP(f.routes), app.Check(audit.New(func() []audit.Route { return []audit.Route{route} }))
				})
				if c.says == "" {
					assert.NoError(t, err)
					return
				}
				assert.ErrorContains(t, err, c.says)
			})
		})
	}
}
