package service_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/kong"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/service"
)

// behindKeyAuth makes the service one that believes the gateway's headers.
func (f *fixture) behindKeyAuth() {
	f.config.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) {
		chain, err := core.NewSecurityChain(kong.New(kong.Config{Peers: []string{"127.0.0.1"}}))
		f.chain = chain
		return chain, nil, err
	}
	f.config.Registration.Plugins = []registrator.Plugin{{Name: "key-auth", Config: map[string]any{"run_on_preflight": true}}}
}

// operate sends a request to the Admin API as an operator would. It returns the answer.
func (f *fixture) operate(method, path, body string) map[string]any {
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	f.gateway.Admin().ServeHTTP(answer, request)
	require.Less(f.t, answer.Code, 300, answer.Body.String())
	var entity map[string]any
	_ = json.Unmarshal(answer.Body.Bytes(), &entity)
	return entity
}

// keyAuth returns the path of the plugin.
func (f *fixture) keyAuth() string {
	data := f.operate("GET", "/services/hello-service/plugins", "")["data"].([]any)
	require.Len(f.t, data, 1)
	return "/plugins/" + data[0].(map[string]any)["id"].(string)
}

// asConsumer returns the status of a request with the headers that the gateway sends, as a client could forge them.
func (f *fixture) asConsumer() int {
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/hello", nil)
	request.RemoteAddr = "127.0.0.1:40000"
	request.Header = http.Header{
		"X-Consumer-Id": {"3deaf785-fc17-46bb-be15-fd7c2e69c5a6"}, "X-Credential-Identifier": {"0b0b551a-ea51-44fb-8bf3-fea79b4a677b"},
	}
	secured(f.chain, func(http.ResponseWriter, *http.Request) {})(answer, request)
	return answer.Code
}

// TestRegistrationWithoutThePlugin describes plugins with which clients could name themselves. Nothing is written.
func TestRegistrationWithoutThePlugin(t *testing.T) {
	for name, c := range map[string]struct {
		plugins []registrator.Plugin
		says    string
	}{
		"none":        {nil, "Config.Registration.Plugins: kong: the registration has none of the plugins jwt, key-auth"},
		"another one": {[]registrator.Plugin{{Name: "cors"}}, "has none of the plugins jwt, key-auth"},
		"incomplete":  {[]registrator.Plugin{{Name: "key-auth"}}, "the plugin key-auth must set run_on_preflight to true"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.behindKeyAuth()
				f.config.Registration.Plugins = c.plugins
				f.hooks.at["serving"] = f.stop
				err := f.run()
				assert.ErrorIs(t, err, service.ErrStart)
				assert.ErrorContains(t, err, c.says)
				assert.NotContains(t, f.hooks.seen, "serving")
				assert.NotContains(t, f.hooks.seen, "registering with the gateway")
			})
		})
	}
}

// TestPluginMissingWhenTheServiceStarts has an operator who disables, removes or overrides the plugin after an earlier instance has
// registered, or while this one registers.
func TestPluginMissingWhenTheServiceStarts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *fixture)
		says   string
	}{
		"disabled": {func(f *fixture) { f.operate("PATCH", f.keyAuth(), `{"enabled":false}`) },
			"the plugin key-auth of service hello-service is disabled on the gateway: set its field enabled to true"},
		"overridden": {func(f *fixture) { f.operate("POST", "/routes/hello-service/plugins", `{"name":"key-auth"}`) },
			"the route hello-service has a plugin key-auth of its own"},
		"removed": {func(f *fixture) { f.operate("DELETE", f.keyAuth(), "") },
			"the gateway does not have the plugin key-auth of service hello-service"},
	} {
		for _, waiting := range []bool{false, true} {
			if name == "removed" && !waiting {
				continue // the registration writes it
			}
			t.Run(name+map[bool]string{true: ", while waiting"}[waiting], func(t *testing.T) {
				inVirtualTime(t, func(t *testing.T, f *fixture) {
					f.behindKeyAuth()
					if waiting {
						f.config.Gateway.CheckEvery = time.Hour
						f.hooks.at["waiting until the gateway has applied its plugins"] = func() { c.change(f) }
					} else {
						first, err := registrator.NewKong(f.config.GatewayURL, f.config.Gateway)
						require.NoError(t, err)
						require.NoError(t, first.Register(t.Context(), registrator.Service{Name: "hello-service", Paths: []string{"/hello"},
							Instance: "10.0.0.6:8080", Plugins: f.config.Registration.Plugins}))
						c.change(f)
					}
					f.hooks.at["serving"] = f.stop
					err := f.run()
					assert.ErrorIs(t, err, service.ErrStart)
					assert.ErrorContains(t, err, c.says)
					assert.NotContains(t, f.hooks.seen, "serving")
					if name != "overridden" { // an operator's plugin on the route keeps the route
						assert.NotErrorIs(t, err, service.ErrStop)
					}
					if !waiting {
						assert.NotContains(t, targets(t, f.gateway, "hello-service"), "10.0.0.7", "it has left")
					}
				})
			})
		}
	}
}

// TestPluginMissingWhileTheServiceServes has an operator who takes the plugin away and gives it back. Identities are refused from
// the next check on, and accepted again when the gateway has had the plugin for two checks.
func TestPluginMissingWhileTheServiceServes(t *testing.T) {
	for name, change := range map[string][2]func(f *fixture){
		"disabled": {func(f *fixture) { f.operate("PATCH", f.keyAuth(), `{"enabled":false}`) },
			func(f *fixture) { f.operate("PATCH", f.keyAuth(), `{"enabled":true}`) }},
		"overridden": {func(f *fixture) {
			f.operate("POST", "/routes/hello-service/plugins", `{"name":"key-auth","tags":["theirs"]}`)
		}, func(f *fixture) {
			data := f.operate("GET", "/routes/hello-service/plugins", "")["data"].([]any)
			f.operate("DELETE", "/plugins/"+data[0].(map[string]any)["id"].(string), "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.behindKeyAuth()
				done := make(chan struct{})
				f.hooks.at["serving"] = func() {
					go func() {
						defer close(done)
						defer f.stop()
						time.Sleep(time.Second) // of virtual time, as below
						assert.Equal(t, 200, f.asConsumer())
						change[0](f)
						assert.Equal(t, 200, f.asConsumer(), "not noticed yet")
						time.Sleep(31 * time.Second)
						assert.Equal(t, 503, f.asConsumer())
						status, body := f.get("/healthcheck")
						assert.Equal(t, "503 no plugins", fmt503(status, body))
						change[1](f)
						time.Sleep(30 * time.Second)
						assert.Equal(t, 503, f.asConsumer(), "the gateway may not have applied it yet")
						time.Sleep(30 * time.Second)
						assert.Equal(t, 200, f.asConsumer())
						status, _ = f.get("/healthcheck")
						assert.Equal(t, 200, status)
					}()
				}
				assert.NoError(t, f.run())
				<-done
				assert.Contains(t, f.hooks.logged(), "identities from the gateway are refused")
				assert.Contains(t, f.hooks.logged(), "identities from the gateway are accepted again")
			})
		})
	}
}

func fmt503(status int, body string) string {
	if status == 503 && strings.Contains(body, "no plugins") {
		return "503 no plugins"
	}
	return body
}

// TestPluginsAreAppliedBeforeTheTargetIsRegistered starts a second instance. It waits before it registers, so that no client waits.
func TestPluginsAreAppliedBeforeTheTargetIsRegistered(t *testing.T) {
	for name, second := range map[string]bool{"first instance": false, "second instance": true} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.behindKeyAuth()
				if second {
					first, err := registrator.NewKong(f.config.GatewayURL, f.config.Gateway)
					require.NoError(t, err)
					require.NoError(t, first.Register(t.Context(), registrator.Service{Name: "hello-service", Paths: []string{"/hello"},
						Instance: "10.0.0.6:8080", Plugins: f.config.Registration.Plugins}))
				}
				var registering, serving time.Duration
				began := time.Now()
				f.hooks.at["registering with the gateway"] = func() { registering = time.Since(began) }
				f.hooks.at["serving"] = func() {
					serving = time.Since(began)
					f.stop()
				}
				require.NoError(t, f.run())
				assert.Equal(t, second, registering >= 10*time.Second)
				assert.GreaterOrEqual(t, serving, 10*time.Second)
				assert.Less(t, serving, 11*time.Second)
			})
		})
	}
}

// TestToldToStopWhileThePluginsAreApplied serves nothing with an identity in the time that it lingers.
func TestToldToStopWhileThePluginsAreApplied(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.behindKeyAuth()
		f.hooks.at["waiting until the gateway has applied its plugins"] = f.stop
		f.hooks.at["serving requests that the gateway still sends"] = func() { assert.Equal(t, 503, f.asConsumer()) }
		assert.NoError(t, f.run())
		assert.Empty(t, entities(t, f.gateway))
	})
}
