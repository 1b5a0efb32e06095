package main

import (
	"net"

	"github.com/gofiber/fiber/v2"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

func serve(chain *core.SecurityChain) (addr string, stop func(), err error) {
	sec := fibersec.New(chain)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/hello", sec.Secured(func(c *fiber.Ctx) error {
		auth, _ := core.AuthFrom(c.UserContext())
		return c.SendString("Hello " + auth.Username())
	}))
	if err := fibersec.Prepare(app); err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() { _ = app.Listener(listener) }()
	return listener.Addr().String(), func() { _ = app.Shutdown() }, nil
}
