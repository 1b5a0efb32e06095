// Package running runs an app on fasthttp until a context ends, for the Serve functions of the adapters.
package running

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/valyala/fasthttp"
)

// App is an app of Fiber.
type App interface {
	Server() *fasthttp.Server
	ShutdownWithContext(ctx context.Context) error
}

// Front answers the requests that are not for the app. A status of 0 means that the request is for the app.
type Front = func(method, path string) (status int, body []byte)

// Limits for an app that sets none. A gateway closes its idle connections first: Kong does after 60 seconds by default. Were the
// server first, it could close a connection on which a request is on its way.
const (
	readTimeout = time.Minute // of a whole request, since fasthttp has no limit for the header alone
	idleTimeout = 90 * time.Second
)

// Until serves l by listen, the Listener method of app, until ctx ends. It then closes l and waits for the requests in progress.
// A client has 5 more seconds to send the rest of a request.
// A handler that panics costs its request, and not the process.
func Until(ctx context.Context, app App, l net.Listener, front Front, listen func(net.Listener) error) error {
	server := app.Server()
	server.CloseOnShutdown = true // clients learn from the answer that they need another connection
	if server.ReadTimeout == 0 {
		server.ReadTimeout = readTimeout
	}
	if server.IdleTimeout == 0 {
		server.IdleTimeout = idleTimeout
	}
	waiting := connections{}
	waiting.watch(server)
	server.Handler = waiting.serve(handler(front, server.Handler))

	// The listener is closed here, and not by the app: an app that does not listen yet would ignore that it is told to stop.
	forget := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer forget()
	err := listen(l)
	if ctx.Err() == nil {
		return err
	}
	patience := time.AfterFunc(unreceived, waiting.close)
	defer patience.Stop()
	err = app.ShutdownWithContext(context.WithoutCancel(ctx))
	if errors.Is(err, net.ErrClosed) { // of the listener
		return nil
	}
	return err
}

// handler returns a handler that answers the requests for front, and passes the others to next.
func handler(front Front, next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		defer recovered(ctx)
		status, body := front(string(ctx.Method()), path(ctx))
		if status == 0 {
			next(ctx)
			return
		}
		header := &ctx.Response.Header
		header.SetContentType("application/json; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		ctx.SetStatusCode(status)
		ctx.SetBody(body)
	}
}

// path returns the path as it was sent. A target with a fragment, which fasthttp removes, has no path that front knows.
func path(ctx *fasthttp.RequestCtx) string {
	if target := ctx.RequestURI(); bytes.IndexByte(target, '#') >= 0 {
		return string(target)
	}
	return string(ctx.URI().PathOriginal())
}

// recovered answers a request whose handler has panicked, and closes its connection. Without it, fasthttp ends the process.
func recovered(ctx *fasthttp.RequestCtx) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		slog.Error("a handler panicked", "panic", p, "stack", string(debug.Stack()))
	}
	ctx.Response.Reset()
	ctx.SetStatusCode(http.StatusInternalServerError)
	ctx.SetConnectionClose()
}
