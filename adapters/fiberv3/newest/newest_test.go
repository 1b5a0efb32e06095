// Package newest_test has the tests of adapters/fiberv3 that need a newer Fiber than that module requires. The module of this
// folder requires the newest Fiber: make fiber-newest runs these tests and all tests of adapters/fiberv3 with it.
package newest_test

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/sse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// security returns a chain that authenticates a request by its X-User field.
func security(t *testing.T) *fibersec.Security {
	t.Helper()
	byName := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
		if user, n := r.Header("X-User"); n == 1 {
			return sc.SetAuth(core.NewAuth(core.AuthData{Username: user}))
		}
		return nil
	})
	chain, err := core.NewSecurityChain(byName)
	require.NoError(t, err)
	return fibersec.New(chain)
}

// get returns the status and the body of the answer to user. An empty user sends no credential.
func get(t *testing.T, app *fiber.App, path, user string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(fiber.MethodGet, path, nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	res, err := app.Test(r, fiber.TestConfig{Timeout: 0})
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, string(body)
}

// TestSkippedRoutesAreAnsweredInFront has Fiber's SkipUnmatchedRoutes: no guard runs for a route that does not exist, and every
// guard runs for one that does.
func TestSkippedRoutesAreAnsweredInFront(t *testing.T) {
	for skips, unmatched := range map[bool]int{false: 401, true: 404} {
		app := fiber.New(fiber.Config{SkipUnmatchedRoutes: skips})
		app.Use(security(t).Middleware)
		app.Get("/x/*", func(c fiber.Ctx) error {
			auth, _ := fibersec.Auth(c)
			return c.SendString(auth.Username())
		})
		for _, c := range []struct {
			path, user string
			status     int
			body       string
		}{{"/none", "", unmatched, ""}, {"/x/y", "", 401, ""}, {"/x/y", "ann", 200, "ann"}, {"/X/%61/", "ann", 200, "ann"}} {
			status, body := get(t, app, c.path, c.user)
			assert.Equal(t, c.status, status, "%+v", c)
			if status == 200 {
				assert.Equal(t, c.body, body, "%+v", c)
			}
		}
	}
}

// TestEventsSeeTheirCaller has Fiber's sse middleware, whose handler runs when the guard has returned.
func TestEventsSeeTheirCaller(t *testing.T) {
	app := fiber.New()
	app.Get("/x", security(t).Secured(sse.New(sse.Config{DisableHeartbeat: true, Handler: func(_ fiber.Ctx, s *sse.Stream) error {
		auth, _ := core.AuthFrom(s.Context())
		return s.Event(sse.Event{Data: auth.Username()})
	}})))
	_, body := get(t, app, "/x", "ann")
	assert.Contains(t, body, "data: ann")
	status, _ := get(t, app, "/x", "")
	assert.Equal(t, 401, status)
}
