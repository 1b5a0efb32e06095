// Command fiber is the hello service on Fiber.
package main

import (
	"github.com/gofiber/fiber/v2"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{
		Name:   "hello-service",
		Paths:  []string{"/healthcheck", "/hello", "/orders", "/admin"},
		Policy: service.Microkubes(""), // KEYS_DIR, or ./keys
	}, routes)
}

func routes(app *service.App) (service.Server, error) {
	sec := fibersec.New(app.Chain)
	f := fiber.New(fiber.Config{DisableStartupMessage: true})
	admin := f.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
	admin.Get("/report", report)

	f.Get("/hello", sec.Secured(hello))
	f.Post("/orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	if err := app.Check(fibersec.Watch(f)); err != nil {
		return nil, err
	}
	return fibersec.Serve(f)
}

func hello(c *fiber.Ctx) error {
	auth, _ := core.AuthFrom(c.UserContext())
	return c.SendString("Hello " + auth.Username() + " from Fiber service on Microkubes")
}

func create(c *fiber.Ctx) error {
	auth, _ := core.AuthFrom(c.UserContext())
	return c.SendString("Order of " + auth.Username() + " taken")
}

func report(c *fiber.Ctx) error {
	return c.SendString("Report for admins")
}
