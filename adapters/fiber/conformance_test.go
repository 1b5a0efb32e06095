package fibersec_test

import (
	"bufio"
	"net"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/conformance"
)

var harness = conformance.Harness{Name: "fibersec", Serve: serve, Timeout: time.Minute, Exempt: map[string]string{
	"context/cancelled-with-the-client": "fasthttp does not look at the connection while a handler runs",
	"outside/pattern":                   "Fiber has no http.Request in front of a handler of net/http",
}}

func TestConformance(t *testing.T) { conformance.Run(t, harness) }

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
	f := fiber.New(fiber.Config{DisableStartupMessage: true})
	if err := fibersec.Prepare(f); err != nil {
		return "", nil, err
	}
	if app.Override != nil {
		f.Use(override(app))
	}
	if app.Front != nil || app.Back != nil {
		f.Use(front(app))
	}
	if app.Chain != nil {
		f.Use(fibersec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		mount(f, r, handler(r))
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

func handler(r conformance.Route) fiber.Handler {
	if r.HTTP != nil {
		return fibersec.HTTPHandler(r.HTTP)
	}
	return func(c *fiber.Ctx) error {
		return answer(c, r.Handle(c.UserContext(), func(name string) string { return c.Get(name) }))
	}
}

func override(app conformance.App) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if method := app.Override(func(name string) string { return c.Get(name) }); method != "" {
			c.Method(method)
		}
		return c.Next()
	}
}

func front(app conformance.App) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if app.Back != nil {
			defer func() { app.Back(c.UserContext(), "") }()
		}
		if app.Front == nil {
			return c.Next()
		}
		ctx, reply := app.Front(c.UserContext(), func(name string) string { return c.Get(name) })
		c.SetUserContext(ctx)
		if err := answer(c, reply); err != nil || reply.Status != 0 {
			return err
		}
		return c.Next()
	}
}

func answer(c *fiber.Ctx, reply conformance.Reply) error {
	for name, value := range reply.Header {
		c.Set(name, value)
	}
	switch {
	case reply.Status == 0:
		return nil
	case reply.Stream == nil:
		return c.Status(reply.Status).SendString(reply.Body)
	}
	c.Status(reply.Status).Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		_, _ = w.WriteString(reply.Body)
		for part := range reply.Stream {
			_, _ = w.WriteString(part)
			_ = w.Flush()
		}
	})
	return nil
}
