package fibersec

import (
	"errors"

	"github.com/gofiber/fiber/v2"
)

// ReadBufferSize is what an app should set in its [fiber.Config]: room for a token of 8 KiB and the other headers.
// Fiber's default of 4 KiB answers 431 to a long token, before any handler.
const ReadBufferSize = 16 << 10

// Check says at start what in an app's configuration would make answers differ from those on other frameworks, or send a
// token back. Call it before Listen, and stop on the error.
func Check(app *fiber.App) error {
	switch config := app.Config(); {
	case config.ReadBufferSize < ReadBufferSize:
		return errors.New("fibersec: the headers of an 8 KiB token do not fit: set ReadBufferSize to fibersec.ReadBufferSize")
	case config.UnescapePath || config.DisableHeaderNormalizing:
		return errors.New("fibersec: UnescapePath and DisableHeaderNormalizing hide what was sent: leave them off")
	case !app.Server().SecureErrorLogMessage:
		return errors.New("fibersec: malformed requests are answered with their tokens: set app.Server().SecureErrorLogMessage")
	}
	return nil
}
