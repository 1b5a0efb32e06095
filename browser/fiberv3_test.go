package browser_test

import (
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// fiberV3 is Fiber v3 with its own CORS middleware.
func fiberV3(t *testing.T, l net.Listener, s *service) {
	t.Helper()
	app := fiber.New()
	require.NoError(t, fibersec.Prepare(app))
	sec := fibersec.New(s.chain)
	c := cors.New(cors.Config{
		AllowOrigins: s.origins, AllowOriginsFunc: s.allow, AllowCredentials: s.credentials, ExposeHeaders: s.exposed, MaxAge: maxAge,
	})
	var routes []any
	switch s.place {
	case inFront:
		app.Use(c, sec.Middleware)
	case inFrontOfRoutes:
		app.Use(c)
		routes = []any{sec.Middleware}
	case behind, behindOpen:
		app.Use(sec.Middleware, c)
	case onRoutes:
		routes = []any{c, sec.Middleware}
	}
	add := func(method, path string, h fiber.Handler) {
		all := slices.Concat(routes, []any{h})
		app.Add([]string{method}, path, all[0], all[1:]...)
	}
	add("GET", "/hello", fibersec.HTTPHandler(http.HandlerFunc(hello)))
	add("GET", "/public", fibersec.HTTPHandler(http.HandlerFunc(public)))
	takeOrder := fibersec.HTTPHandler(http.HandlerFunc(s.takeOrder))
	add("POST", "/orders", sec.Then(core.RequireScopes("orders:write")).Secured(takeOrder))
	add("POST", "/drafts", takeOrder)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		assert.NoError(t, app.Shutdown())
		assert.NoError(t, <-ended)
	})
}
