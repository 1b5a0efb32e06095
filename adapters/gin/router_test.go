package ginsec_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
)

// TestPublicPatternOpensNothingElse has every setting of Gin's router that changes which path is dispatched on, behind a pattern
// for public routes. No target of a client without a credential reaches another handler, and redirects are followed.
func TestPublicPatternOpensNothingElse(t *testing.T) {
	targets := []string{
		"/admin", "/admin/", "//admin", "/ADMIN", "/%61dmin", "/public/../admin", "/public/..%2fadmin", "/public%2f..%2fadmin",
		"/public/%2e%2e/admin", "//public/../admin", "/public//../admin", "/PUBLIC/../ADMIN", "/public/x/../../admin", "/admin%2f",
		"/admin?/public/x", "/files/public/x", "/files/%70ublic/x", "/files//public/x", "/public/%61", "/public/x%2fy", "/public%2fx",
		"/PUBLIC/X", "/public/x/", "//public/x", "/public|/x", "/%70ublic|/x", "/admin|", "/public/./x", "/deep/public/x", "/deep//x",
	}
	for bits := range 1 << 6 {
		on := func(i int) bool { return bits>>i&1 == 1 }
		engine := gin.New()
		engine.UseRawPath, engine.UseEscapedPath, engine.UnescapePathValues = on(0), on(1), on(2)
		engine.RedirectFixedPath, engine.RemoveExtraSlash, engine.HandleMethodNotAllowed = on(3), on(4), on(5)
		name := fmt.Sprintf("%06b", bits)
		reached := ""
		engine.Use(newSecurity(t, core.PublicRoutes("/public/*")).Middleware)
		for _, route := range []string{"/admin", "/files/*rest", "/deep/:any/x"} {
			engine.GET(route, func(c *gin.Context) { reached = route + " for " + c.Request.RequestURI })
		}
		engine.GET("/public/:name", func(*gin.Context) {})
		for _, target := range targets {
			w := do(engine, request("GET", target, ""))
			for range 3 {
				if w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect {
					w = do(engine, request("GET", w.Header().Get("Location"), ""))
				}
			}
			assert.Empty(t, reached, name)
		}
		assert.Equal(t, 200, do(engine, request("GET", "/public/x", "")).Code, name)
		assert.Equal(t, 200, do(engine, request("GET", "/admin", "ann")).Code, name)
		assert.NotEmpty(t, reached, name)
	}
}

// TestRedirectsComeBeforeTheChain states what the package comment says about Gin's redirects, and what is to be done about it.
func TestRedirectsComeBeforeTheChain(t *testing.T) {
	engine := gin.New()
	engine.RedirectFixedPath = true
	engine.Use(newSecurity(t).Middleware)
	engine.GET("/admin", user)
	assert.Equal(t, 301, do(engine, request("GET", "/admin/", "")).Code)
	assert.Equal(t, 301, do(engine, request("GET", "/ADMIN", "")).Code)
	engine.RedirectTrailingSlash, engine.RedirectFixedPath = false, false
	assert.Equal(t, 401, do(engine, request("GET", "/admin/", "")).Code)
	assert.Equal(t, 401, do(engine, request("GET", "/ADMIN", "")).Code)
}

// TestRequestsWithoutARoute has a chain in front of the whole engine, which also guards 404 and 405.
func TestRequestsWithoutARoute(t *testing.T) {
	for name, add := range map[string]func(*gin.Engine){
		"Gin's answers": func(*gin.Engine) {},
		"handlers": func(engine *gin.Engine) {
			engine.NoRoute(func(c *gin.Context) { c.String(404, "no route") })
			engine.NoMethod(func(c *gin.Context) { c.String(405, "no method") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.HandleMethodNotAllowed = true
			add(engine)
			engine.Use(newSecurity(t).Middleware)
			engine.GET("/x", user)
			for _, c := range []struct {
				method, path string
				code         int
			}{{"GET", "/none", 404}, {"PUT", "/x", 405}, {"CONNECT", "/none", 404}} {
				refused := do(engine, request(c.method, c.path, ""))
				assert.Equal(t, 401, refused.Code)
				assert.JSONEq(t, `{"code":401,"message":"authentication required"}`, refused.Body.String())
				assert.Equal(t, c.code, do(engine, request(c.method, c.path, "ann")).Code)
			}
		})
	}
}

// TestUseGuardsLaterRoutesOnly states what the package comment says: Gin combines the handlers when a route is added.
func TestUseGuardsLaterRoutesOnly(t *testing.T) {
	sec := newSecurity(t)
	engine := gin.New()
	group := engine.Group("/group")
	engine.GET("/before", user)
	group.GET("/before", user)
	engine.Use(sec.Middleware)
	engine.GET("/after", user)
	group.GET("/after", user)
	late := engine.Group("/late")
	late.GET("/x", user)
	for path, code := range map[string]int{
		"/before": 200, "/after": 401, "/late/x": 401, "/none": 401,
		"/group/before": 200, "/group/after": 200, // the group was made before Use
	} {
		assert.Equal(t, code, do(engine, request("GET", path, "")).Code, path)
	}
}

// TestGroups has a group for administrators behind the chain of its parent.
func TestGroups(t *testing.T) {
	sec := newSecurity(t)
	engine := gin.New()
	parent := engine.Group("/api", sec.Middleware)
	parent.GET("/x", user)
	parent.Group("/admin", sec.Then(core.RequireRoles("admin")).Middleware).GET("/x", user)
	engine.Group("/alone", sec.Then(core.RequireRoles("admin")).Middleware).GET("/x", user)
	assert.Equal(t, 401, do(engine, request("GET", "/api/x", "")).Code)
	assert.Equal(t, "ann", do(engine, request("GET", "/api/x", "ann")).Body.String())
	assert.Equal(t, 401, do(engine, request("GET", "/api/admin/x", "")).Code)
	assert.Equal(t, 403, do(engine, request("GET", "/api/admin/x", "ann")).Code)
	assert.Equal(t, 401, do(engine, request("GET", "/alone/x", "ann")).Code, "the chain has not run")
	assert.Equal(t, 404, do(engine, request("GET", "/api/none", "")).Code, "a group guards its routes only")
}

// TestRequestDispatchedAgain has handlers that rewrite the path and let the engine dispatch once more. The chain of the second
// route decides by the second path, and the first identity is gone afterwards.
func TestRequestDispatchedAgain(t *testing.T) {
	sec := newSecurity(t, core.PublicRoutes("/public/*"))
	rewrite := func(engine *gin.Engine, path string) gin.HandlerFunc {
		return func(c *gin.Context) {
			c.Request.URL.Path = path
			engine.HandleContext(c)
		}
	}
	after := ""
	note := func(c *gin.Context) {
		c.Next()
		_, ok := core.AuthFrom(c.Request.Context())
		after = fmt.Sprint(ok)
	}
	for name, c := range map[string]struct {
		target, user, body string
		code               int
	}{
		"public to guarded":                  {"/public/guarded", "", `{"code":401,"message":"authentication required"}`, 401},
		"public to guarded, as ann":          {"/public/guarded", "ann", "ann", 200},
		"guarded to guarded":                 {"/again", "ann", "ann", 200},
		"guarded to guarded, as nobody":      {"/again", "", `{"code":401,"message":"authentication required"}`, 401},
		"public to guarded, with an escape":  {"/public/guarded%2C", "ann", `{"code":400,"message":"malformed request"}`, 400},
		"open route to guarded":              {"/open", "", `{"code":401,"message":"authentication required"}`, 401},
		"guarded to public: nobody is known": {"/topublic", "ann", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.Use(note)
			engine.GET("/open", rewrite(engine, "/guarded"))
			engine.Use(sec.Middleware)
			engine.GET("/public/:any", rewrite(engine, "/guarded"))
			engine.GET("/again", rewrite(engine, "/guarded"))
			engine.GET("/topublic", rewrite(engine, "/open/public"))
			engine.GET("/guarded", user)
			engine.GET("/open/public", sec.Public(user))
			w := do(engine, request("GET", c.target, c.user))
			assert.Equal(t, c.code, w.Code)
			assert.Equal(t, c.body, w.Body.String())
			assert.Equal(t, "false", after)
		})
	}
}

// TestMethodOverride has an override around the engine, and one in Use, which the package comment warns of.
func TestMethodOverride(t *testing.T) {
	build := func(middleware ...gin.HandlerFunc) *gin.Engine {
		engine := gin.New()
		engine.Use(append(middleware, newSecurity(t, core.PublicRoutes("GET /x")).Middleware)...)
		engine.GET("/x", func(c *gin.Context) { c.String(200, "read") })
		engine.DELETE("/x", func(c *gin.Context) { c.String(200, "deleted") })
		return engine
	}
	override := func(r *http.Request) {
		if method := r.Header.Get("X-Http-Method-Override"); method != "" {
			r.Method = method
		}
	}
	send := func(h http.Handler, method, chosen string) *httptest.ResponseRecorder {
		r := request(method, "/x", "")
		r.Header.Set("X-Http-Method-Override", chosen)
		return do(h, r)
	}
	right := build()
	around := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		override(r)
		right.ServeHTTP(w, r)
	})
	assert.Equal(t, 401, send(around, "GET", "DELETE").Code)
	assert.Equal(t, "read", send(around, "DELETE", "GET").Body.String())
	wrong := build(func(c *gin.Context) { override(c.Request) })
	assert.Equal(t, "deleted", send(wrong, "DELETE", "GET").Body.String(), "the trap")
}
