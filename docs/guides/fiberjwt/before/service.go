// Package before is a service with the JWT middleware of gofiber/contrib.
package before

import (
	"slices"
	"strings"

	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"
)

// New returns the service. jwks is the URL of the issuer's key set.
func New(jwks string) *fiber.App {
	return service(jwtware.Config{JWKSetURLs: []string{jwks}, Filter: public})
}

func service(config jwtware.Config) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(jwtware.New(config))
	app.Get("/healthcheck", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/hello", hello)
	app.Post("/orders", create)
	return app
}

func public(c *fiber.Ctx) bool { return c.Path() == "/healthcheck" }

func claims(c *fiber.Ctx) jwt.MapClaims {
	token, _ := c.Locals("user").(*jwt.Token)
	claims, _ := token.Claims.(jwt.MapClaims)
	return claims
}

func hello(c *fiber.Ctx) error {
	name, _ := claims(c)["name"].(string)
	return c.SendString("hello " + name)
}

func create(c *fiber.Ctx) error {
	scopes, _ := claims(c)["scope"].(string)
	if !slices.Contains(strings.Fields(scopes), "orders:write") {
		return fiber.ErrForbidden
	}
	return c.Status(fiber.StatusCreated).SendString("created")
}
