package service_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/service"
)

// TestEndpoints has requests for the endpoints, and requests that are near to them and belong to the routes.
func TestEndpoints(t *testing.T) {
	const routed = "404 the routes"
	for _, c := range []struct{ method, target, want string }{
		{"GET", "/healthcheck", `200 {"status":"ok"}`},
		{"HEAD", "/healthcheck", "200 "},
		{"GET", "/healthcheck?verbose=1", `200 {"status":"ok"}`},
		{"GET", "/healthcheck/live", `200 {"status":"ok"}`},
		{"GET", "/version", `200 {"name":"hello-service","version":"v1.2.3"}`},
		{"HEAD", "/version", "200 "},
		{"POST", "/healthcheck", routed},
		{"OPTIONS", "/version", routed},
		{"GET", "/healthcheck/", routed},
		{"GET", "/Healthcheck", routed},
		{"GET", "/health%63heck", routed},
		{"GET", "//healthcheck", routed},
		{"GET", "/a/../healthcheck", routed},
		{"GET", "/healthcheck/live/x", routed},
		{"GET", "/versions", routed},
		{"GET", "/", routed},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.config.Version = "v1.2.3"
				routes := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(http.StatusNotFound)
					_, _ = io.WriteString(w, "the routes")
				})
				f.hooks.at["serving"] = func() {
					go func() {
						defer f.stop()
						r, err := http.NewRequest(c.method, "http://10.0.0.7:8080"+c.target, nil)
						require.NoError(t, err)
						answer, err := f.client.Do(r)
						require.NoError(t, err)
						defer answer.Body.Close()
						body, err := io.ReadAll(answer.Body)
						assert.NoError(t, err)
						assert.Equal(t, c.want, fmt.Sprint(answer.StatusCode, " ", string(body)))
						if c.want != routed {
							assert.Equal(t, "application/json; charset=utf-8", answer.Header.Get("Content-Type"))
							assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
							assert.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
						}
					}()
				}
				assert.NoError(t, service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) { return service.HTTP(routes), nil }))
			})
		})
	}
}

// TestEndpointsElsewhere has endpoints at other paths, and no version endpoint.
func TestEndpointsElsewhere(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.config.HealthPath, f.config.VersionPath = "/internal/health", "-"
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				for path, want := range map[string]int{"/internal/health": 200, "/internal/health/live": 200, "/healthcheck": 404, "/version": 404, "/-": 404} {
					status, _ := f.get(path)
					assert.Equal(t, want, status, path)
				}
			}()
		}
		assert.NoError(t, f.run())
	})
}

// vanishing is a key store whose keys can vanish.
type vanishing struct {
	keys.Store
	gone, closed bool
}

func (v *vanishing) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	if v.gone {
		return nil, keys.ErrUnavailable
	}
	return v.Store.Find(ctx, kid, algorithm)
}

func (v *vanishing) Close() error {
	v.closed = true
	return v.Store.Close()
}

// TestKeysThatVanish has keys that vanish while the service serves, and come back. It is not ready meanwhile, and lives.
func TestKeysThatVanish(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		store := &vanishing{Store: f.issuer.Keys()}
		f.config.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) {
			chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes(issuerName)))
			return chain, []io.Closer{store}, err
		}
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				for _, gone := range []bool{false, true, false} {
					store.gone = gone
					status, body := f.get("/healthcheck")
					want := map[bool]string{false: `200 {"status":"ok"}`, true: `503 {"status":"no keys"}`}[gone]
					assert.Equal(t, want, fmt.Sprint(status, " ", body))
					status, _ = f.get("/healthcheck/live")
					assert.Equal(t, 200, status)
				}
				assert.False(t, store.closed)
			}()
		}
		f.hooks.at["stopped"] = func() { assert.False(t, store.closed, "requests may need keys until the end") }
		assert.NoError(t, f.run())
		assert.True(t, store.closed)
	})
}

// health is a store with a state of its own, such as an OpenID provider.
type health struct{ usable bool }

func (h *health) Health() keys.RemoteHealth { return keys.RemoteHealth{Usable: h.usable} }

func (h *health) Close() error { return nil }

// TestKeysOfAnOpenIDProvider has a provider without keys at the start. The service starts, and is not ready before it has keys.
func TestKeysOfAnOpenIDProvider(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		policy, provider := f.config.Policy, &health{}
		f.config.Policy = func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
			chain, stores, err := policy(ctx)
			return chain, append(stores, provider), err
		}
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				status, body := f.get("/healthcheck")
				assert.Equal(t, `503 {"status":"no keys"}`, fmt.Sprint(status, " ", body))
				provider.usable = true
				status, _ = f.get("/healthcheck")
				assert.Equal(t, 200, status)
			}()
		}
		assert.NoError(t, f.run())
	})
}

// TestCheck has audits with routes that nobody has decided on, and routes that an endpoint hides.
func TestCheck(t *testing.T) {
	chain, err := core.NewSecurityChain(jwt.New(issuer().Keys(), jwt.Microkubes(issuerName)))
	require.NoError(t, err)
	guarded := func(method, path string) audit.Route { return audit.NewRoute("", method, path, chain) }
	hello := guarded("GET", "/hello")
	for _, c := range []struct {
		name     string
		routes   []audit.Route
		paths    []string // that the gateway publishes
		internal []string
		says     string // empty: no error
	}{
		{"guarded", []audit.Route{hello, guarded("", "/orders")}, []string{"/hello", "/orders"}, nil, ""},
		{"everything is published", []audit.Route{guarded("", "/{rest...}")}, []string{"/"}, nil, ""},
		{"the endpoints are published", []audit.Route{hello}, []string{"/hello", "/healthcheck", "/version"}, nil, ""},
		{"undecided", []audit.Route{hello, audit.NewRoute("", "GET", "/hello/forgotten")}, []string{"/hello"}, nil, "/hello/forgotten"},
		{"none", nil, []string{"/hello"}, nil, "call Watch for the router that the routes are added to"},
		{"not published", []audit.Route{hello, guarded("GET", "/orders")}, []string{"/hello"}, nil, "/orders"},
		{"not published on purpose", []audit.Route{hello, guarded("GET", "/metrics")}, []string{"/hello"}, []string{"/metrics"}, ""},
		{"published without a route", []audit.Route{hello}, []string{"/hello", "/orders"}, nil, "/orders"},
		{"hidden", []audit.Route{guarded("GET", "/healthcheck")}, []string{"/healthcheck"}, nil, "the route GET /healthcheck is hidden by an endpoint"},
		{"hidden for any method", []audit.Route{guarded("", "/version")}, []string{"/version"}, nil, "is hidden by an endpoint"},
		{"hidden for HEAD", []audit.Route{guarded("HEAD", "/healthcheck/live")}, []string{"/healthcheck"}, nil, "is hidden by an endpoint"},
		{"another method", []audit.Route{guarded("POST", "/healthcheck")}, []string{"/healthcheck"}, nil, ""},
		{"another path", []audit.Route{guarded("GET", "/healthcheck/x")}, []string{"/healthcheck/x"}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.config.Paths = c.paths
				f.hooks.at["serving"] = f.stop
				err := service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) {
					return service.HTTP(f.routes), app.Check(audit.New(func() []audit.Route { return c.routes }), c.internal...)
				})
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
	inVirtualTime(t, func(t *testing.T, f *fixture) { // without a gateway, nothing is published
		f.config.GatewayURL, f.config.WithoutGateway = "", true
		f.hooks.at["serving"] = f.stop
		assert.NoError(t, service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) {
			return service.HTTP(f.routes), app.Check(audit.New(func() []audit.Route { return []audit.Route{guarded("GET", "/elsewhere")} }))
		}))
	})
	app := &service.App{Chain: chain} // of a test
	assert.NoError(t, app.Check(audit.New(func() []audit.Route { return []audit.Route{guarded("GET", "/healthcheck")} })))
	assert.NoError(t, app.Context().Err())
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		err := service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) { return service.HTTP(f.routes), app.Check(nil) })
		assert.ErrorContains(t, err, "the audit is nil")
	})
}
