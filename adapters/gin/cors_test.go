package ginsec_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

// allowOrigin is CORS middleware as that of other packages: it answers preflights, and passes on everything else.
func allowOrigin(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "http://a.test")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// TestCORS has CORS middleware in each place of an application. In the right ones, a preflight is answered without a credential,
// and a refusal has the header without which a browser keeps it from the page. Module browser shows the same in a browser, with
// gin-contrib/cors.
func TestCORS(t *testing.T) {
	guard := newSecurity(t).Middleware
	open, err := core.NewSecurityChain(core.PublicRoutes("OPTIONS /**"), byName)
	require.NoError(t, err)
	optionsOpen := ginsec.New(open.WithLogger(slog.New(slog.DiscardHandler))).Middleware
	for _, c := range []struct {
		name                      string
		add                       func(*gin.Engine)
		preflight                 int
		preflightRead, othersRead bool
	}{
		{"in front of the chain", func(e *gin.Engine) { e.Use(allowOrigin, guard); e.GET("/v1/x", user) }, 204, true, true},
		{"in front of guarded routes", func(e *gin.Engine) { e.Use(allowOrigin); e.GET("/v1/x", guard, user) }, 204, true, true},
		{"in front of a guarded group", func(e *gin.Engine) { e.Use(allowOrigin); e.Group("/v1", guard).GET("/x", user) }, 204, true, true},
		{"behind the chain", func(e *gin.Engine) { e.Use(guard, allowOrigin); e.GET("/v1/x", user) }, 401, false, false},
		{"behind a chain that opens OPTIONS", func(e *gin.Engine) { e.Use(optionsOpen, allowOrigin); e.GET("/v1/x", user) }, 204, true, false},
		{"on the group", func(e *gin.Engine) { e.Group("/v1", allowOrigin, guard).GET("/x", user) }, 404, false, true},
		{"on the route", func(e *gin.Engine) { e.GET("/v1/x", allowOrigin, guard, user) }, 404, false, true},
		{"in front of the chain, with HandleMethodNotAllowed", func(e *gin.Engine) {
			e.HandleMethodNotAllowed = true
			e.Use(allowOrigin, guard)
			e.GET("/v1/x", user)
		}, 204, true, true},
		{"on the route, with HandleMethodNotAllowed", func(e *gin.Engine) {
			e.HandleMethodNotAllowed = true
			e.GET("/v1/x", allowOrigin, guard, user)
		}, 405, false, true},
		{"after the route", func(e *gin.Engine) { e.GET("/v1/x", guard, user); e.Use(allowOrigin) }, 204, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			engine := gin.New()
			c.add(engine)
			send := func(method, user string) (status int, read bool) {
				r := request(method, "/v1/x", user)
				r.Header.Set("Origin", "http://a.test")
				if method == "OPTIONS" {
					r.Header.Set("Access-Control-Request-Method", "GET")
					r.Header.Set("Access-Control-Request-Headers", "authorization")
				}
				w := do(engine, r)
				return w.Code, w.Header().Get("Access-Control-Allow-Origin") == "http://a.test"
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
