// Package upgraded is a service on Fiber v3.
package upgraded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/recover"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// New returns the service.
func New(chain *core.SecurityChain) (*fiber.App, error) {
	sec := fibersec.New(chain)
	orders := sec.Then(core.RequireScopes("orders:write"))

	app := fiber.New(fiber.Config{ErrorHandler: onError})
	if err := fibersec.Prepare(app); err != nil {
		return nil, err
	}
	app.Use(recover.New())
	app.Use(cors.New(cors.Config{AllowOrigins: []string{"https://app.example.com"}}))
	app.Use(sec.Middleware)
	app.Get("/healthcheck", func(c fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/hello", hello)
	app.Get("/whoami", fibersec.HTTPHandler(http.HandlerFunc(whoami)))
	app.Post("/orders", orders.Secured(create))
	return app, nil
}

// Serve serves the app.
func Serve(app *fiber.App, listener net.Listener) error {
	return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

// onError answers errors of handlers. It does not see the refusals of the chain, which are sent already.
func onError(c fiber.Ctx, err error) error {
	status := http.StatusInternalServerError
	if found := (*fiber.Error)(nil); errors.As(err, &found) {
		status = found.Code
	}
	slog.InfoContext(c.Context(), "request failed", "status", status)
	return c.SendStatus(status)
}

func hello(c fiber.Ctx) error {
	return c.SendString(greeting(c.Context()))
}

func create(c fiber.Ctx) error {
	auth, _ := fibersec.Auth(c)
	return c.Status(fiber.StatusCreated).SendString("created by " + auth.Username())
}

// whoami is a handler of net/http.
func whoami(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte(greeting(r.Context())))
}

// greeting is in a layer that knows no framework.
func greeting(ctx context.Context) string {
	auth, _ := core.AuthFrom(ctx)
	return "hello " + auth.Username()
}
