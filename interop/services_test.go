package interop_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// An identity is what a service sees of the caller.
type identity struct {
	User, Name, Client string
	Roles, Scopes      []string
}

// A service has two guarded routes: /me returns the identity, and /admin requires the role admin.
type service struct {
	name, url string
	client    *http.Client
}

// adapters has a function for each adapter that serves the two routes and returns their URL.
var adapters = []struct {
	name  string
	serve func(*testing.T, *core.SecurityChain) string
}{
	{"nethttp", serveNetHTTP}, {"echosec", serveEcho}, {"fibersec", serveFiber},
}

// serveAll starts a service on each adapter. Each has a provider, a chain and keys of its own.
func serveAll(t *testing.T, s server) []*service {
	t.Helper()
	var all []*service
	for _, adapter := range adapters {
		chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), s.provider(t))
		require.NoError(t, err)
		url := adapter.serve(t, chain)
		all = append(all, &service{adapter.name, url, &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}})
	}
	return all
}

func me(ctx context.Context) identity {
	auth, _ := core.AuthFrom(ctx)
	return identity{auth.UserID(), auth.Username(), auth.ClientID(), auth.Roles(), auth.Scopes()}
}

func serveNetHTTP(t *testing.T, chain *core.SecurityChain) string {
	sec := nethttp.New(chain)
	handler := func(w http.ResponseWriter, r *http.Request) { _ = json.NewEncoder(w).Encode(me(r.Context())) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /me", sec.Secured(handler))
	mux.HandleFunc("GET /admin", sec.With(core.RequireRoles("admin")).Secured(handler))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func serveEcho(t *testing.T, chain *core.SecurityChain) string {
	sec := echosec.New(chain)
	handler := func(c echo.Context) error { return c.JSON(http.StatusOK, me(c.Request().Context())) }
	e := echo.New()
	e.GET("/me", sec.Secured(handler))
	e.GET("/admin", sec.With(core.RequireRoles("admin")).Secured(handler))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func serveFiber(t *testing.T, chain *core.SecurityChain) string {
	sec := fibersec.New(chain)
	handler := func(c *fiber.Ctx) error { return c.JSON(me(c.UserContext())) }
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	require.NoError(t, fibersec.Prepare(app))
	app.Get("/me", sec.Secured(handler))
	app.Get("/admin", sec.With(core.RequireRoles("admin")).Secured(handler))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(5 * time.Second) })
	return "http://" + listener.Addr().String()
}

// ask sends a request with a token, and returns the status and, if that is 200, the identity.
func (s *service) ask(ctx context.Context, path, token string) (status int, who identity, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, identity{}, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, identity{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(&who)
	}
	return resp.StatusCode, who, err
}

// status is ask for tests that need nothing else.
func (s *service) status(t *testing.T, token string) int {
	t.Helper()
	status, _, err := s.ask(t.Context(), "/me", token)
	require.NoError(t, err)
	return status
}
