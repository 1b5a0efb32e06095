// Package after is the same service with microkubes-go.
package after

import (
	"context"

	"github.com/gofiber/fiber/v2"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// Policy returns the tokens that are accepted.
func Policy(issuer, audience string) oidc.Config {
	config := oidc.Issuer(issuer, audience)
	config.Claims.Name = []jwt.Text{{Path: jwt.Path{"name"}}}
	return config
}

// New returns the service, and a function that ends the fetching of keys.
func New(ctx context.Context, issuer, audience string) (app *fiber.App, stop func() error, err error) {
	provider, err := oidc.New(ctx, Policy(issuer, audience))
	if err != nil {
		return nil, nil, err
	}
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), provider)
	if err != nil {
		return nil, nil, err
	}
	sec := fibersec.New(chain)
	orders := sec.Then(core.RequireScopes("orders:write"))

	app = fiber.New(fiber.Config{DisableStartupMessage: true})
	if err := fibersec.Prepare(app); err != nil {
		return nil, nil, err
	}
	app.Use(sec.Middleware)
	app.Get("/healthcheck", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/hello", hello)
	app.Post("/orders", orders.Secured(create))
	return app, provider.Close, nil
}

func hello(c *fiber.Ctx) error {
	auth, _ := fibersec.Auth(c)
	return c.SendString("hello " + auth.Username())
}

func create(c *fiber.Ctx) error { return c.Status(fiber.StatusCreated).SendString("created") }
