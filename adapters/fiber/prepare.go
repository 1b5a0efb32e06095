package fibersec

import (
	"errors"

	"github.com/gofiber/fiber/v2"

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
// the same status and a constant text. An ErrorHandler that is set on app.Server() later undoes that. A Logger that is set on
// app.Server() gets such requests from fasthttp; Fiber's own Logger writes nothing.
//
// app is the App that listens. Apps that are mounted on it need no call of their own.
func Prepare(app *fiber.App) error {
	server := app.Server()
	server.ReadBufferSize = max(server.ReadBufferSize, ReadBufferSize)
	server.SecureErrorLogMessage = true
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

// Check is the former name of Prepare.
//
// Deprecated: call [Prepare].
func Check(app *fiber.App) error { return Prepare(app) }
