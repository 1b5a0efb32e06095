package service_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

const fileOfOrders = `{
  "service": {"name": "orders", "port": 8080, "paths": ["/orders"], "virtual_host": "orders.service.consul", "hosts": ["api.test"]},
  "version": "v7",
  "security": {
    "keysDir": "KEYS",
    "jwt": {},
    "acl": {"policies": [{
      "id": "users-read", "effect": "allow", "subjects": ["<.*>"], "actions": ["api:read"], "resources": ["/orders"],
      "conditions": {"roles": {"type": "RolesCondition", "options": {"values": ["user"]}}}
    }]}
  }
}`

// configured writes a configuration file and names it in the environment.
func configured(t *testing.T, text string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "service.json")
	require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(text, "KEYS", writtenKeys(t))), 0o600))
	t.Setenv("SERVICE_CONFIG_FILE", name)
}

// TestFromFile runs a service with nothing but a file, a gateway and routes.
func TestFromFile(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	configured(t, fileOfOrders)
	t.Setenv("API_GATEWAY_URL", gateway.AdminURL())
	t.Setenv("LISTEN_ADDR", "127.0.0.1:0")
	t.Setenv("SERVICE_HOST", "127.0.0.1")
	config := service.FromFile()
	config.Linger, config.Logger = -1, slog.New(slog.DiscardHandler)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended, client := make(chan error, 1), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		ended <- service.Run(ctx, config, func(app *service.App) (service.Server, error) {
			return service.HTTP(secured(app.Chain, func(w http.ResponseWriter, r *http.Request) {
				auth, _ := core.AuthFrom(r.Context())
				if app.Policies.Allows(auth, acl.Query{Method: "DELETE", Path: r.URL.Path}) {
					w.WriteHeader(http.StatusTeapot) // the file allows reading alone
				}
				_, _ = io.WriteString(w, auth.Username())
			})), nil
		})
	}()
	require.NoError(t, registrator.Probe{URL: gateway.ProxyURL() + "/orders", Host: "api.test"}.Wait(ctx))
	for name, c := range map[string]struct {
		method, roles string
		status        int
	}{
		"a user reads":        {"GET", "user", http.StatusOK},
		"a guest reads":       {"GET", "guest", http.StatusForbidden},
		"a user writes":       {"POST", "user", http.StatusForbidden},
		"without credentials": {"GET", "", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, gateway.ProxyURL()+"/orders", nil)
			require.NoError(t, err)
			r.Host = "api.test"
			if c.roles != "" {
				r.Header = coretest.Bearer(issuer().Microkubes(coretest.Claims{"username": "ann", "roles": c.roles}))
			}
			answer, err := client.Do(r)
			require.NoError(t, err)
			_ = answer.Body.Close()
			assert.Equal(t, c.status, answer.StatusCode)
		})
	}
	assert.Contains(t, targets(t, gateway, "orders"), `"target":"127.0.0.1:`)
	stop()
	assert.NoError(t, <-ended)
}

// TestFromFileFillsTheConfig compares the Config with the file and the environment.
func TestFromFileFillsTheConfig(t *testing.T) {
	configured(t, fileOfOrders)
	c := service.FromFile()
	assert.Equal(t, "orders", c.Name)
	assert.Equal(t, []string{"/orders"}, c.Paths)
	assert.Equal(t, "v7", c.Version)
	assert.Equal(t, ":8080", c.Address)
	assert.Equal(t, "orders.service.consul", c.Registration.Host)
	assert.Equal(t, []string{"api.test"}, c.Registration.Hosts)
	assert.Empty(t, c.GatewayURL)
	t.Setenv("LISTEN_ADDR", "127.0.0.1:7000")
	t.Setenv("SERVICE_HOST", "10.0.0.7")
	t.Setenv("API_GATEWAY_URL", "http://kong:8001")
	c = service.FromFile()
	assert.Equal(t, "127.0.0.1:7000", c.Address)
	assert.Empty(t, c.Registration.Host, "each process is an instance")
	assert.Equal(t, "http://kong:8001", c.GatewayURL)
}

// TestWrongFiles has files that a service cannot start with. The gateway is not asked.
func TestWrongFiles(t *testing.T) {
	for _, c := range []struct{ name, old, new, says string }{
		{"an unknown field", `"jwt"`, `"jwtt"`, `line 6: security.jwtt: unknown field: did you mean jwt?`},
		{"no name", `"name": "orders", `, ``, "name"},
		{"no section security", `"security"`, `"x-security"`, "the file has no section security"},
		{"a policy with a mistake", `"allow"`, `"alow"`, "policies[0].effect: must be allow or deny"},
		{"keys that are not there", `"KEYS"`, `"/nowhere"`, "security.keysDir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gateway := kongtest.Start(kongtest.Config{})
			defer gateway.Close()
			configured(t, strings.Replace(fileOfOrders, c.old, c.new, 1))
			t.Setenv("API_GATEWAY_URL", gateway.AdminURL())
			t.Setenv("LISTEN_ADDR", "127.0.0.1:0")
			config := service.FromFile()
			config.Logger = slog.New(slog.DiscardHandler)
			err := service.Run(t.Context(), config, serveNothing)
			require.ErrorIs(t, err, service.ErrStart)
			assert.ErrorContains(t, err, c.says)
			assert.Empty(t, gateway.Requests())
		})
	}
	t.Run("no variable", func(t *testing.T) {
		t.Setenv("SERVICE_CONFIG_FILE", "")
		err := service.Run(t.Context(), service.FromFile(), serveNothing)
		require.ErrorIs(t, err, service.ErrStart)
		assert.ErrorContains(t, err, "SERVICE_CONFIG_FILE")
	})
}

// TestPolicyBesideAFile sets a Policy, which takes the place of the section security.
func TestPolicyBesideAFile(t *testing.T) {
	configured(t, fileOfOrders)
	config := service.FromFile()
	config.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) { return nil, nil, nil }
	config.Logger = slog.New(slog.DiscardHandler)
	assert.ErrorContains(t, service.Run(t.Context(), config, serveNothing), "Config.Policy returned no chain")
}

// TestWarningsOfAFile has a file that opens the service. The logger of the Config gets the warning.
func TestWarningsOfAFile(t *testing.T) {
	configured(t, `{"service": {"name": "orders", "port": 8080, "paths": ["/orders"]}, "security": {"disable": true}}`)
	config, log := service.FromFile(), &hooks{}
	config.Logger, config.WithoutGateway = slog.New(log), true
	enough := errors.New("enough")
	err := service.Run(t.Context(), config, func(*service.App) (service.Server, error) { return nil, enough })
	require.ErrorIs(t, err, enough)
	assert.Contains(t, log.logged(), "disable")
}
