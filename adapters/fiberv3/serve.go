package fibersec

import (
	"context"
	"errors"
	"net"

	"github.com/gofiber/fiber/v3"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/running"
)

// Serve prepares app as [Prepare] does, and returns the function that serves it until a context ends, which is the Server of
// package service: return fibersec.Serve(app). front answers the requests for the health and version endpoints, in front of all
// middleware. The function may be called once.
//
// When the context has ended, a client has 5 seconds to send the rest of a request. Then its connection is closed.
//
// A handler that panics costs its request and is logged; the process goes on. If the app sets no timeouts, a request must arrive
// within a minute, and a connection without requests is closed after 90 seconds. Prefork is off, because its processes would
// not be registered on the gateway. The error says what to change in the app's [fiber.Config].
func Serve(app *fiber.App) (
	func(ctx context.Context, l net.Listener, front func(method, path string) (status int, body []byte)) error, error,
) {
	if app == nil {
		return nil, errors.New("fibersec: Serve: the app is nil")
	}
	if err := Prepare(app); err != nil {
		return nil, err
	}
	listen := func(l net.Listener) error { return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }
	return func(ctx context.Context, l net.Listener, front func(method, path string) (status int, body []byte)) error {
		return running.Until(ctx, app, l, front, listen)
	}, nil
}
