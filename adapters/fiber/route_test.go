package fibersec_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
)

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
	rewrite := func(c *fiber.Ctx) error {
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
