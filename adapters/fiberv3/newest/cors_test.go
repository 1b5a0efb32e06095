package newest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCORSWithSkippedRoutes has Fiber's SkipUnmatchedRoutes and CORS in front of a chain: CORS answers preflights, and does not see
// the requests that Fiber answers in front of it.
func TestCORSWithSkippedRoutes(t *testing.T) {
	app := fiber.New(fiber.Config{SkipUnmatchedRoutes: true})
	app.Use(cors.New(cors.Config{AllowOrigins: []string{"http://a.test"}}), security(t).Middleware)
	app.Get("/x", func(c fiber.Ctx) error { return c.SendString("served") })
	for _, c := range []struct {
		method, path string
		status       int
		read         bool // by a page of http://a.test
	}{
		{"OPTIONS", "/x", 204, true}, {"OPTIONS", "/none", 204, true},
		{"GET", "/x", 401, true},
		{"GET", "/none", 404, false}, {"POST", "/x", 405, false},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Origin", "http://a.test")
		if c.method == fiber.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", "GET")
		}
		res, err := app.Test(r, fiber.TestConfig{Timeout: 0})
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, c.status, res.StatusCode, "%+v", c)
		assert.Equal(t, c.read, res.Header.Get("Access-Control-Allow-Origin") == "http://a.test", "%+v", c)
	}
}
