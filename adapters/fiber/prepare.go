package fibersec

import (
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/unparsable"
)

// ReadBufferSize has room for a token of 8 KiB and the other headers. [Prepare] gives the server at least that. Fiber's
// default of 4 KiB answers 431 to a long token, before any handler.
const ReadBufferSize = 16 << 10

// Prepare makes the server of app answer as servers of the other frameworks do. Call it once, before the app listens, and
// stop on the error, which says what must be changed in the app's [fiber.Config].
//
// It makes room for the headers of a token of 8 KiB. And it keeps a request that cannot be parsed out of the answer:
// fasthttp quotes such a request in its error, with the token that it carries. The app's ErrorHandler is still asked, and
// gets an error of the same status with a constant text. An ErrorHandler that is set on app.Server() later undoes that. A
// Logger that is set there gets such requests from fasthttp; Fiber's own is silent.
//
// The app is the one that listens, for all that are mounted on it.
func Prepare(app *fiber.App) error {
	server := app.Server()
	server.ReadBufferSize = max(server.ReadBufferSize, ReadBufferSize)
	server.SecureErrorLogMessage = true
	if handle := server.ErrorHandler; handle != nil { // fasthttp's own answers are constant
		server.ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) { handle(ctx, unparsable.Error{Cause: err}) }
	}
	switch {
	case app.Config().UnescapePath:
		return errors.New("fibersec: UnescapePath hides what was sent: leave it off")
	case server.DisableHeaderNamesNormalizing:
		return errors.New("fibersec: DisableHeaderNormalizing hides header fields: leave it off")
	}
	return nil
}

// Check is the former name of Prepare.
//
// Deprecated: call [Prepare].
func Check(app *fiber.App) error { return Prepare(app) }
