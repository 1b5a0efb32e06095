package newest_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core/audit"
)

// TestWatchOfADomain has routes of one host, whose handlers Fiber wraps in functions of its own. A guard in them is not found, and
// one in front of them is.
func TestWatchOfADomain(t *testing.T) {
	sec := security(t)
	uncalled := func(fiber.Ctx) error { panic("the function was called") }
	for _, c := range []struct {
		name string
		add  func(*fiber.App)
		want audit.Decision
	}{
		{"a bare handler", func(app *fiber.App) { app.Domain("a.test").Get("/x", uncalled) }, audit.Undecided},
		{"a guard in it", func(app *fiber.App) { app.Domain("a.test").Get("/x", sec.Secured(uncalled)) }, audit.Undecided},
		{"a guard in front", func(app *fiber.App) { app.Use(sec.Middleware).(*fiber.App).Domain("a.test").Get("/x", uncalled) }, audit.Guarded},
		{"a mount", func(app *fiber.App) {
			inner := fiber.New()
			inner.Get("/x", sec.Secured(uncalled))
			app.Domain("a.test").Use("/", inner)
		}, audit.Undecided},
		{"a method of its own", func(app *fiber.App) { app.Query("/x", uncalled) }, audit.Undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New()
			c.add(app)
			report := fibersec.Watch(app).Report()
			require.Len(t, report.Routes, 1, report.String())
			assert.Equal(t, c.want, report.Routes[0].Decision, report.String())
			assert.Equal(t, "/x", report.Routes[0].Path)
		})
	}
}
