package main

import (
	"net"

	"github.com/gofiber/fiber/v3"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

func onFiberV3() []*stack {
	return newer("fiber v3", fiberV3With(fixedV3, nil), fiberV3With(fixedV3, (fiber.Ctx).Next), ourFiberV3)
}

type fiberV3Server struct{ *fiber.App }

func (s fiberV3Server) serve(l net.Listener) error {
	return s.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
}

func (s fiberV3Server) port() port { return newFiberPort(s.Handler()) }

// fiberV3With returns a server with a middleware on the application, as in the stacks of Fiber v2.
func fiberV3With(h, m fiber.Handler) func(*issuer) (server, error) {
	return func(*issuer) (server, error) {
		app := fiber.New()
		if err := fibersec.Prepare(app); err != nil {
			return nil, err
		}
		if m != nil {
			app.Use(m)
		}
		app.Get("/hello", h)
		return fiberV3Server{app}, nil
	}
}

func fixedV3(c fiber.Ctx) error { return c.SendString(subject) }

func ourFiberV3(i *issuer) (server, error) {
	c, err := chain(i, 0)
	if err != nil {
		return nil, err
	}
	return fiberV3With(func(c fiber.Ctx) error {
		auth, _ := core.AuthFrom(c.Context())
		return c.SendString(auth.Subject())
	}, fibersec.New(c).Middleware)(i)
}
