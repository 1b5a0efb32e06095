package fibersec_test

import (
	"net"
	"testing"

	"github.com/gofiber/fiber/v2"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Harness{Name: "fibersec", Serve: serve, Exempt: map[string]string{
		"context/cancelled-with-the-client": "fasthttp does not look at the connection while a handler runs",
	}})
}

func serve(app conformance.App) (string, func(), error) {
	f := fiber.New(fiber.Config{ReadBufferSize: fibersec.ReadBufferSize, DisableStartupMessage: true})
	if app.Chain != nil {
		f.Use(fibersec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		mount(f, r, handler(r.Handle))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() { _ = f.Listener(listener) }()
	return listener.Addr().String(), func() { _ = f.Shutdown() }, nil
}

func mount(f *fiber.App, r conformance.Route, h fiber.Handler) {
	if r.Guard == conformance.Bare {
		f.Add(r.Method, r.ColonPath(), h)
		return
	}
	sec := fibersec.New(r.Chain).With(r.With...)
	switch r.Guard {
	case conformance.Public:
		f.Add(r.Method, r.ColonPath(), sec.Public(h))
	case conformance.Grouped:
		f.Group(r.ColonPath(), sec.Middleware).Add(r.Method, "", h)
	default:
		f.Add(r.Method, r.ColonPath(), sec.Secured(h))
	}
}

func handler(h conformance.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		reply := h(c.UserContext(), func(name string) string { return c.Get(name) })
		for name, value := range reply.Header {
			c.Set(name, value)
		}
		return c.Status(reply.Status).SendString(reply.Body)
	}
}
