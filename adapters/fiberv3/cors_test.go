package fibersec_test

import (
	"log/slog"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestCORS has Fiber's CORS middleware in each place of an application. In the right ones, a preflight is answered without a
// credential, and a refusal has the header without which a browser keeps it from the page. Module browser shows the same in a
// browser.
func TestCORS(t *testing.T) {
	allow := cors.New(cors.Config{AllowOrigins: []string{"http://a.test"}})
	guard := newSecurity(t).Middleware
	open, err := core.NewSecurityChain(core.PublicRoutes("OPTIONS /**"), byName)
	require.NoError(t, err)
	optionsOpen := fibersec.New(open.WithLogger(slog.New(slog.DiscardHandler))).Middleware
	for _, c := range []struct {
		name                      string
		add                       func(*fiber.App)
		preflight                 int
		preflightRead, othersRead bool
	}{
		{"in front of the chain", func(a *fiber.App) { a.Use(allow, guard); a.Get("/v1/x", ok) }, 204, true, true},
		{"in front of guarded routes", func(a *fiber.App) { a.Use(allow); a.Get("/v1/x", guard, ok) }, 204, true, true},
		{"in front of a guarded group", func(a *fiber.App) { a.Use(allow); a.Group("/v1", guard).Get("/x", ok) }, 204, true, true},
		{"on the group", func(a *fiber.App) { a.Group("/v1", allow, guard).Get("/x", ok) }, 204, true, true},
		{"behind the chain", func(a *fiber.App) { a.Use(guard, allow); a.Get("/v1/x", ok) }, 401, false, false},
		{"behind a chain that opens OPTIONS", func(a *fiber.App) { a.Use(optionsOpen, allow); a.Get("/v1/x", ok) }, 204, true, false},
		{"on the route", func(a *fiber.App) { a.Get("/v1/x", allow, guard, ok) }, 405, false, true},
		{"behind the route", func(a *fiber.App) { a.Get("/v1/x", guard, ok); a.Use(allow) }, 204, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New()
			c.add(app)
			send := func(method, user string) (status int, read bool) {
				r := request(method, "/v1/x", user)
				r.Header.Set("Origin", "http://a.test")
				if method == "OPTIONS" {
					r.Header.Set("Access-Control-Request-Method", "GET")
					r.Header.Set("Access-Control-Request-Headers", "authorization")
				}
				res, _ := do(t, app, r)
				return res.StatusCode, res.Header.Get("Access-Control-Allow-Origin") == "http://a.test"
			}
			status, read := send("OPTIONS", "")
			assert.Equal(t, c.preflight, status, "the preflight")
			assert.Equal(t, c.preflightRead, read, "the preflight allows the origin")
			status, read = send("GET", "")
			assert.Equal(t, 401, status)
			assert.Equal(t, c.othersRead, read, "the refusal can be read")
			status, _ = send("GET", "ann")
			assert.Equal(t, 200, status)
		})
	}
}
