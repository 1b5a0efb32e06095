package main

import (
	"net"

	"github.com/gofiber/fiber/v3"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

func serve(chain *core.SecurityChain) (addr string, stop func(), err error) {
	sec := fibersec.New(chain)
	app := fiber.New()
	if err := fibersec.Prepare(app); err != nil {
		return "", nil, err
	}
	app.Get("/hello", sec.Secured(func(c fiber.Ctx) error {
		auth, _ := core.AuthFrom(c.Context())
		return c.SendString("Hello " + auth.Username())
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() { _ = app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	return listener.Addr().String(), func() { _ = app.Shutdown() }, nil
}
