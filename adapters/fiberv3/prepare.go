package fibersec

import (
	"bytes"
	"errors"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/unparsable"
)

// ReadBufferSize is the least size in bytes that [Prepare] sets for the buffer of a request's headers. A token of 8 KiB and the
// other headers fit. With Fiber's default of 4 KiB the server answers 431 to a long token, before any handler runs.
const ReadBufferSize = 16 << 10

// Prepare makes the server of app answer as the servers of other frameworks do. Call it once, before the app listens. Do not
// start the service on an error: the error says what to change in the app's [fiber.Config].
//
// Prepare raises the buffer for headers to [ReadBufferSize]. And it keeps a request that cannot be parsed out of the answer:
// fasthttp quotes such a request in its error, with the token in it. The app's ErrorHandler still runs, and gets an error with
// a constant text and the same status, except that a method which is not a token has the status 400 in place of 501. Handlers of
// this package that Fiber runs on such a request do nothing. An ErrorHandler that is set on app.Server() later undoes that. A
// Logger that is set on app.Server() gets such requests from fasthttp; Fiber's own Logger writes nothing.
//
// Prepare also closes a gap of Fiber's router: for a target such as "//" or "*", Fiber runs a catch-all route ("/*", "/:page?")
// without the middleware of app.Use in front of it, and so without its chain. After Prepare the path of such a request is "/%",
// which a chain refuses as malformed. A server that is given app.Handler() keeps the gap.
//
// app is the App that listens. Apps that are mounted on it need no call of their own.
func Prepare(app *fiber.App) error {
	server := app.Server()
	server.ReadBufferSize = max(server.ReadBufferSize, ReadBufferSize)
	server.SecureErrorLogMessage = true
	server.Handler = belowRoot(server.Handler)
	if handle := server.ErrorHandler; handle != nil { // without one, fasthttp answers with constant texts
		server.ErrorHandler = unparsable.Handler(handle)
	}
	switch {
	case app.Config().UnescapePath:
		return errors.New("fibersec: UnescapePath hides the path that was sent: leave it off")
	case server.DisableHeaderNamesNormalizing:
		return errors.New("fibersec: DisableHeaderNormalizing hides header fields: leave it off")
	}
	return nil
}

// belowRoot returns a handler that gives a request another path if Fiber does not take its own path for one below "/". Fiber
// removes the slashes at the end of a path, and nothing is left of "//" unless the app has StrictRouting. A target such as "*"
// has no slash. app.Use is for paths that begin with one, but a catch-all route is for any.
func belowRoot(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		path := ctx.URI().PathOriginal()
		if len(path) != 1 && len(bytes.TrimRight(path, "/")) == 0 || path[0] != '/' {
			ctx.URI().SetPath("/%")
		}
		next(ctx)
	}
}
