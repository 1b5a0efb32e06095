package echosec_test

import (
	"log/slog"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

// fromPage sends a request as a browser does for a page of http://a.test, and reports whether the page can read the answer. An
// OPTIONS request is a preflight.
func fromPage(e *echo.Echo, method, user string) (status int, read bool) {
	r := request(method, "/v1/x", user)
	r.Header.Set("Origin", "http://a.test")
	if method == "OPTIONS" {
		r.Header.Set("Access-Control-Request-Method", "GET")
		r.Header.Set("Access-Control-Request-Headers", "authorization")
	}
	w := do(e, r)
	return w.Code, w.Header().Get("Access-Control-Allow-Origin") == "http://a.test"
}

// TestCORS has Echo's CORS middleware in each place of an application. In the right ones, a preflight is answered without a
// credential, and a refusal has the header without which a browser keeps it from the page. Module browser shows the same in a
// browser.
func TestCORS(t *testing.T) {
	cors := middleware.CORS("http://a.test")
	guard := newSecurity(t).Middleware
	open, err := core.NewSecurityChain(core.PublicRoutes("OPTIONS /**"), byName)
	require.NoError(t, err)
	optionsOpen := echosec.New(open.WithLogger(slog.New(slog.DiscardHandler))).Middleware
	for _, c := range []struct {
		name                      string
		add                       func(*echo.Echo)
		preflight                 int
		preflightRead, othersRead bool
	}{
		{"in front of the chain", func(e *echo.Echo) { e.Use(cors, guard); e.GET("/v1/x", ok) }, 204, true, true},
		{"in front of the router", func(e *echo.Echo) { e.Pre(cors); e.Use(guard); e.GET("/v1/x", ok) }, 204, true, true},
		{"in front of guarded routes", func(e *echo.Echo) { e.Use(cors); e.GET("/v1/x", ok, guard) }, 204, true, true},
		{"in front of a guarded group", func(e *echo.Echo) { e.Use(cors); e.Group("/v1", guard).GET("/x", ok) }, 204, true, true},
		{"behind the chain", func(e *echo.Echo) { e.Use(guard, cors); e.GET("/v1/x", ok) }, 401, false, false},
		{"behind a chain that opens OPTIONS", func(e *echo.Echo) { e.Use(optionsOpen, cors); e.GET("/v1/x", ok) }, 204, true, false},
		{"on the group", func(e *echo.Echo) { e.Group("/v1", cors, guard).GET("/x", ok) }, 204, true, true},
		{"on the route", func(e *echo.Echo) { e.GET("/v1/x", ok, cors, guard) }, 204, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo.New()
			c.add(e)
			status, read := fromPage(e, "OPTIONS", "")
			assert.Equal(t, c.preflight, status, "the preflight")
			assert.Equal(t, c.preflightRead, read, "the preflight allows the origin")
			status, read = fromPage(e, "GET", "")
			assert.Equal(t, 401, status)
			assert.Equal(t, c.othersRead, read, "the refusal can be read")
			status, _ = fromPage(e, "GET", "ann")
			assert.Equal(t, 200, status)
		})
	}
}

// TestCORSOnGroupsWithout404 has CORS on a group that adds no route for 404: Echo answers the preflight itself.
func TestCORSOnGroupsWithout404(t *testing.T) {
	e := echo.NewWithConfig(echo.Config{NoGroupAutoRegister404Routes: true})
	e.Group("/v1", middleware.CORS("http://a.test"), newSecurity(t).Middleware).GET("/x", ok)
	status, read := fromPage(e, "OPTIONS", "")
	assert.Equal(t, 204, status)
	assert.False(t, read)
}

// TestCORSPassesOptionsOn has a route for OPTIONS behind Echo's CORS middleware, which answers only preflights.
func TestCORSPassesOptionsOn(t *testing.T) {
	e := echo.New()
	e.Use(middleware.CORS("http://a.test"), newSecurity(t).Middleware)
	e.OPTIONS("/x", ok)
	for _, origin := range []string{"", "http://a.test"} {
		for user, status := range map[string]int{"": 401, "ann": 200} {
			r := request("OPTIONS", "/x", user)
			r.Header.Set("Origin", origin)
			assert.Equal(t, status, do(e, r).Code, "origin %q, user %q", origin, user)
		}
	}
}

// TestCORSOrigins has configurations of Echo's CORS middleware that it refuses.
func TestCORSOrigins(t *testing.T) {
	assert.Panics(t, func() { middleware.CORS() }, "no origin")
	assert.Panics(t, func() {
		middleware.CORSWithConfig(middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowCredentials: true})
	}, "every origin with credentials")
}
