package fibersec_test

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestTargetsThatUseDoesNotSee sends targets for which Fiber runs a catch-all route and not the middleware of app.Use in front of
// it. The chain in app.Use must decide on them.
func TestTargetsThatUseDoesNotSee(t *testing.T) {
	use := map[string]func(app *fiber.App, sec *fibersec.Security) fiber.Router{
		"Use": func(app *fiber.App, sec *fibersec.Security) fiber.Router { return app.Use(sec.Middleware) },
		"Use with a path": func(app *fiber.App, sec *fibersec.Security) fiber.Router {
			return app.Use("/", sec.Middleware)
		},
		"Group": func(app *fiber.App, sec *fibersec.Security) fiber.Router { return app.Group("/", sec.Middleware) },
	}
	for name, use := range use {
		for _, route := range []string{"/*", "/:a?", "/:a?/:b?", "/+", "*"} {
			for _, config := range []fiber.Config{{}, {StrictRouting: true, CaseSensitive: true}} {
				t.Run(name+" "+route, func(t *testing.T) {
					app := fiber.New(config)
					use(app, newSecurity(t)).All(route, func(fiber.Ctx) error { t.Error("the handler runs"); return nil })
					addr := prepared(t, app)
					for _, target := range []string{"//", "///", "////", "//?q", "http://h//", "*", "x", "/", "/x"} {
						answer := exchange(t, addr, "GET "+target+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
						assert.Regexp(t, "^HTTP/1.1 40[014] ", answer, "%q", target)
						if strings.HasPrefix(target, "//") {
							answer = exchange(t, addr, "GET "+target+" HTTP/1.1\r\nHost: h\r\nX-User: ann\r\nConnection: close\r\n\r\n")
							assert.Regexp(t, "^HTTP/1.1 40[04] ", answer, "%q", target)
						}
					}
				})
			}
		}
	}
}

// TestGroupsWithASlashAtTheEnd states what the package comment says of groups with StrictRouting, and that no other group has
// that gap.
func TestGroupsWithASlashAtTheEnd(t *testing.T) {
	for _, route := range []string{"/*", "/:page?"} {
		for path, gap := range map[string]bool{"/admin/": true, "/admin": false} {
			for _, strict := range []bool{true, false} {
				app := fiber.New(fiber.Config{StrictRouting: strict})
				app.Group(path, newSecurity(t).Middleware).Get(route, ok)
				for _, target := range []string{"/admin", "/admin/", "/admin/x"} {
					want := 401
					if gap && strict && target == "/admin" {
						want = 200
					}
					res, _ := do(t, app, request("GET", target, ""))
					assert.Equal(t, want, res.StatusCode, "group %s, route %s, strict %v, target %s", path, route, strict, target)
				}
			}
		}
	}
}

// TestRewriteOfThePath states what the package comment says of a rewrite: a public rule opens another handler behind the chain,
// and not in front of it.
func TestRewriteOfThePath(t *testing.T) {
	rewrite := func(c fiber.Ctx) error {
		c.Path("/admin")
		return c.Next()
	}
	for name, want := range map[string]int{"in front": 401, "behind": 200} {
		app := fiber.New()
		chain := newSecurity(t, core.PublicRoutes("/public")).Middleware
		if name == "behind" {
			app.Use(chain, rewrite)
		} else {
			app.Use(rewrite, chain)
		}
		app.Get("/admin", ok)
		res, _ := do(t, app, request("GET", "/public", ""))
		assert.Equal(t, want, res.StatusCode, name)
	}
}
