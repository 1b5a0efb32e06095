package fibersec_test

import (
	"fmt"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core/audit"
)

// failures is a test that records how it failed.
type failures struct{ all []any }

func (*failures) Helper()             {}
func (f *failures) Error(args ...any) { f.all = append(f.all, args...) }

// undecided returns the routes that the audit finds nobody has decided on. Its error, its table and its check for tests must have
// each of them, with what to change.
func undecided(t *testing.T, watched *audit.Audit) (routes []string) {
	t.Helper()
	report := watched.Report()
	var f failures
	audit.Check(&f, watched)
	for _, r := range report.Undecided() {
		name := r.Method + " " + r.Host + r.Path
		routes = append(routes, name)
		assert.NotEmpty(t, r.Remedy, name)
		assert.ErrorContains(t, report.Err(), r.Path+": "+r.Remedy)
		assert.Contains(t, fmt.Sprint(f.all), r.Path+": "+r.Remedy)
		assert.Contains(t, report.String(), r.Remedy)
	}
	assert.Equal(t, len(routes) == 0, len(f.all) == 0, "the check for tests fails if there is an undecided route")
	return routes
}

// TestAuditFindsUndecidedRoutes adds routes without a decision to a service that has none.
func TestAuditFindsUndecidedRoutes(t *testing.T) {
	sec := newSecurity(t)
	mounted := fiber.New()
	mounted.Get("/new", uncalled)
	for _, c := range []struct {
		name string
		add  func(*fiber.App)
		want []string
	}{
		{"none", func(*fiber.App) {}, nil},
		{"handler", func(app *fiber.App) {
			app.Get("/new", uncalled)
			app.Post("/new", func(c *fiber.Ctx) error { return sec.Secured(uncalled)(c) })
			app.Put("/new", uncalled, sec.Middleware)
		}, []string{"GET /new", "POST /new", "PUT /new"}},
		{"group", func(app *fiber.App) {
			app.Group("/v1").Get("/new", uncalled)
			app.Group("/v2").Group("/v3").Put("/new", uncalled)
		}, []string{"GET /v1/new", "PUT /v2/v3/new"}},
		{"mount", func(app *fiber.App) {
			app.Mount("/mounted", mounted)
			app.Group("/v1").Mount("/mounted", mounted)
			app.Static("/files", ".")
		}, []string{"GET /mounted/new", "GET /v1/mounted/new", "GET /files/*"}},
		{"late Use", func(app *fiber.App) {
			g := app.Group("/late")
			g.Get("/new", uncalled)
			g.Use(sec.Middleware)
			g.Get("/newer", uncalled)
			app.Get("/latest", uncalled)
			app.Use(sec.Middleware)
		}, []string{"GET /late/new", "GET /latest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New()
			watched := fibersec.Watch(app)
			app.Get("/secured", sec.Secured(uncalled))
			app.Get("/public", sec.Public(uncalled))
			app.Group("/guarded", sec.Middleware).Get("/x", uncalled)
			c.add(app)
			assert.ElementsMatch(t, c.want, undecided(t, watched))
		})
	}
}
