package echosec_test

import (
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
)

// answers returns a handler that sends body.
func answers(body string) echo.HandlerFunc {
	return func(c *echo.Context) error { return c.String(http.StatusOK, body) }
}

// TestRoutes asks routes of each kind without and with a credential.
func TestRoutes(t *testing.T) {
	whole := func(sec echo.MiddlewareFunc) *echo.Echo {
		e := echo.New()
		e.GET("/before", ok)
		e.Use(sec)
		e.GET("/after", ok)
		e.RouteNotFound("/missing/*", ok)
		return e
	}
	files := fstest.MapFS{"a.txt": {Data: []byte("served")}}
	group := func(config func() echo.Config) func(sec echo.MiddlewareFunc) *echo.Echo {
		return func(sec echo.MiddlewareFunc) *echo.Echo {
			e := echo.NewWithConfig(config())
			g := e.Group("/g")
			g.GET("/before", ok)
			g.Use(sec)
			g.GET("/x", ok)
			g.Any("/any", ok)
			g.Match([]string{"PUT", "PROPFIND"}, "/match", ok)
			g.Group("/inner").GET("/x", ok)
			g.StaticFS("/files", files)
			return e
		}
	}
	static := func(sec echo.MiddlewareFunc) *echo.Echo {
		e := echo.New()
		e.Use(sec, middleware.StaticWithConfig(middleware.StaticConfig{Filesystem: files}))
		return e
	}
	added := func(sec echo.MiddlewareFunc) *echo.Echo {
		e := echo.New()
		_, err := e.AddRoute(echo.Route{Method: "GET", Path: "/x", Handler: ok, Middlewares: []echo.MiddlewareFunc{sec}})
		assert.NoError(t, err)
		return e
	}
	hosts := func(sec echo.MiddlewareFunc) *echo.Echo {
		return echo.NewVirtualHostHandler(map[string]*echo.Echo{"example.com": added(sec)})
	}
	grouped := group(func() echo.Config { return echo.Config{} })
	alone := group(func() echo.Config { return echo.Config{NoGroupAutoRegister404Routes: true} })
	heads := group(func() echo.Config {
		return echo.Config{Router: echo.NewRouter(echo.RouterConfig{AutoHandleHEAD: true})}
	})
	for name, c := range map[string]struct {
		app            func(sec echo.MiddlewareFunc) *echo.Echo
		method, path   string
		anonymous, ann int
	}{
		"application, route before Use":    {whole, "GET", "/before", 401, 200},
		"application, route after Use":     {whole, "GET", "/after", 401, 200},
		"application, unknown path":        {whole, "GET", "/unknown", 401, 404},
		"application, own answer to it":    {whole, "GET", "/missing/x", 401, 200},
		"application, method without":      {whole, "POST", "/after", 401, 405},
		"application, OPTIONS by Echo":     {whole, "OPTIONS", "/after", 401, 204},
		"application, HEAD without":        {whole, "HEAD", "/after", 401, 405},
		"group, route before Use":          {grouped, "GET", "/g/before", 200, 200}, // as for all middleware of Echo
		"group, route after Use":           {grouped, "GET", "/g/x", 401, 200},
		"group, unknown path":              {grouped, "GET", "/g/unknown", 401, 404},
		"group, its prefix":                {grouped, "GET", "/g", 401, 404},
		"group, method without":            {grouped, "POST", "/g/x", 401, 404},
		"group, OPTIONS by Echo":           {grouped, "OPTIONS", "/g/x", 401, 404},
		"group, Any":                       {grouped, "PURGE", "/g/any", 401, 200},
		"group, Any with OPTIONS":          {grouped, "OPTIONS", "/g/any", 401, 200},
		"group, Match":                     {grouped, "PROPFIND", "/g/match", 401, 200},
		"group in a group":                 {grouped, "GET", "/g/inner/x", 401, 200},
		"group, a file":                    {grouped, "GET", "/g/files/a.txt", 401, 200},
		"group, no such file":              {grouped, "GET", "/g/files/b.txt", 401, 404},
		"group, a file with dots":          {grouped, "GET", "/g/files/../files/a.txt", 400, 400},
		"group, a file with escapes":       {grouped, "GET", "/g/files%2fa.txt", 400, 400},
		"group without 404, unknown path":  {alone, "GET", "/g/unknown", 404, 404},
		"group without 404, other method":  {alone, "POST", "/g/x", 405, 405},
		"group without 404, route":         {alone, "GET", "/g/x", 401, 200},
		"middleware for files":             {static, "GET", "/a.txt", 401, 200},
		"middleware for files, no such":    {static, "GET", "/b.txt", 401, 404},
		"middleware for files, dots":       {static, "GET", "/x/../a.txt", 400, 400},
		"AddRoute":                         {added, "GET", "/x", 401, 200},
		"virtual host":                     {hosts, "GET", "/x", 401, 200},
		"HEAD handled as GET":              {heads, "HEAD", "/g/x", 401, 200},
		"HEAD handled as GET, for a file":  {heads, "HEAD", "/g/files/a.txt", 401, 200},
		"HEAD handled as GET, no such one": {heads, "HEAD", "/g/unknown", 401, 404},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.app(newSecurity(t).Middleware)
			assert.Equal(t, c.anonymous, do(e, request(c.method, c.path, "")).Code)
			assert.Equal(t, c.ann, do(e, request(c.method, c.path, "ann")).Code)
		})
	}
}

// TestHeadHandledAsGet compares the headers of a refusal of HEAD with those of GET.
func TestHeadHandledAsGet(t *testing.T) {
	e := echo.NewWithConfig(echo.Config{Router: echo.NewRouter(echo.RouterConfig{AutoHandleHEAD: true})})
	e.GET("/x", newSecurity(t).Secured(ok))
	get, head := do(e, request("GET", "/x", "")), do(e, request("HEAD", "/x", ""))
	assert.Equal(t, 401, head.Code)
	assert.Empty(t, head.Body.String())
	assert.Equal(t, "48", head.Header().Get("Content-Length"))
	head.Header().Del("Content-Length")
	assert.Equal(t, get.Header(), head.Header())
}

// TestPathsOfTheRouter has a router that dispatches on the decoded path. Public rules see the path as it was sent, and open nothing
// else.
func TestPathsOfTheRouter(t *testing.T) {
	e := echo.NewWithConfig(echo.Config{Router: echo.NewRouter(echo.RouterConfig{UseEscapedPathForMatching: true})})
	e.Use(newSecurity(t, core.PublicRoutes("/public/**", "/one/*")).Middleware)
	e.GET("/admin", answers("admin"))
	e.GET("/public/*", answers("public"))
	e.GET("/one/:id", answers("one"))
	for path, want := range map[string]int{
		"/public/a": 200, "/public/a%3Fb": 200, "/one/a%20b": 200, // escapes that are part of a segment
		"/admin": 401, "/%61dmin": 401, "/public/%61": 401, "/%70ublic/a": 401, "/public/%25": 401, // match no pattern
		"/one/a%2Fb": 400, "/public/..%2fadmin": 400, "/public/%2e%2e/admin": 400, "/public/../admin": 400, // malformed
	} {
		assert.Equal(t, want, do(e, request("GET", path, "")).Code, path)
	}
}

// TestMiddlewareThatChangesTheRequest has a method override and a rewrite. In front of the router the rules see what the router
// has dispatched on. Behind it they do not, and the handler of one route is opened by the rule for another.
func TestMiddlewareThatChangesTheRequest(t *testing.T) {
	override, rewrite := middleware.MethodOverride(), middleware.Rewrite(map[string]string{"/old": "/public"})
	for name, c := range map[string]struct {
		add          func(e *echo.Echo)
		method, path string
		want         string
	}{
		"override in Pre": {func(e *echo.Echo) { e.Pre(override) }, "POST", "/x", "deleted"},
		"override in Use": {func(e *echo.Echo) { e.Use(override) }, "POST", "/x", "posted"},
		"rewrite in Pre":  {func(e *echo.Echo) { e.Pre(rewrite) }, "GET", "/old", "public"},
		"rewrite in Use":  {func(e *echo.Echo) { e.Use(rewrite) }, "GET", "/old", "old"},
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			c.add(e)
			e.Use(newSecurity(t, core.PublicRoutes("DELETE /x", "/public")).Middleware)
			e.DELETE("/x", answers("deleted"))
			e.POST("/x", answers("posted"))
			e.GET("/public", answers("public"))
			e.GET("/old", answers("old"))
			assert.Equal(t, 401, do(e, request("PATCH", "/x", "")).Code)
			r := request(c.method, c.path, "")
			r.Header.Set("X-Http-Method-Override", "DELETE")
			assert.Equal(t, c.want, do(e, r).Body.String())
		})
	}
}

// TestChainInFrontOfTheRouter has the chain in Pre.
func TestChainInFrontOfTheRouter(t *testing.T) {
	e := echo.New()
	e.Pre(newSecurity(t).Middleware)
	e.GET("/x/:id", func(c *echo.Context) error {
		auth, _ := core.AuthFrom(c.Request().Context())
		return c.String(http.StatusOK, auth.Username()+" "+c.Param("id"))
	})
	assert.Equal(t, 401, do(e, request("GET", "/x/1", "")).Code)
	assert.Equal(t, 401, do(e, request("GET", "/unknown", "")).Code)
	assert.Equal(t, "ann 1", do(e, request("GET", "/x/1", "ann")).Body.String())
}
