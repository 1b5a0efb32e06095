package browser_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

// fiberV2 is Fiber v2 with its own CORS middleware.
func fiberV2(t *testing.T, l net.Listener, s *service) {
	t.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	require.NoError(t, fibersec.Prepare(app))
	sec := fibersec.New(s.chain)
	c := cors.New(cors.Config{
		AllowOrigins: strings.Join(s.origins, ","), AllowOriginsFunc: s.allow, AllowCredentials: s.credentials,
		ExposeHeaders: strings.Join(s.exposed, ","), MaxAge: maxAge,
	})
	var routes []fiber.Handler
	switch s.place {
	case inFront:
		app.Use(c, sec.Middleware)
	case inFrontOfRoutes:
		app.Use(c)
		routes = []fiber.Handler{sec.Middleware}
	case behind, behindOpen:
		app.Use(sec.Middleware, c)
	case onRoutes:
		routes = []fiber.Handler{c, sec.Middleware}
	}
	add := func(method, path string, h fiber.Handler) {
		app.Add(method, path, append(routes[:len(routes):len(routes)], h)...)
	}
	add("GET", "/hello", fibersec.HTTPHandler(http.HandlerFunc(hello)))
	add("GET", "/public", fibersec.HTTPHandler(http.HandlerFunc(public)))
	takeOrder := fibersec.HTTPHandler(http.HandlerFunc(s.takeOrder))
	add("POST", "/orders", sec.Then(core.RequireScopes("orders:write")).Secured(takeOrder))
	add("POST", "/drafts", takeOrder)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	t.Cleanup(func() {
		assert.NoError(t, app.Shutdown())
		assert.NoError(t, <-ended)
	})
}
