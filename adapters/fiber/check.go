package fibersec

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"
)

// ReadBufferSize is what an app should set in its [fiber.Config]: room for a token of 8 KiB and the other headers.
// Fiber's default of 4 KiB answers 431 to a long token, before any handler.
const ReadBufferSize = 16 << 10

// Check says at start what in an app's configuration would make answers differ from those on other frameworks, or send a
// token back. Call it before Listen, and stop on the error.
func Check(app *fiber.App) error {
	var errs []error
	config := app.Config()
	if n := config.ReadBufferSize; n < ReadBufferSize {
		errs = append(errs, fmt.Errorf("fibersec: ReadBufferSize is %d: "+
			"set fiber.Config{ReadBufferSize: fibersec.ReadBufferSize}", n))
	}
	if config.UnescapePath || config.DisableHeaderNormalizing {
		errs = append(errs, errors.New("fibersec: UnescapePath and DisableHeaderNormalizing hide what was sent: leave them off"))
	}
	if !app.Server().SecureErrorLogMessage {
		errs = append(errs, errors.New("fibersec: the server answers a malformed request with its headers, tokens and all: "+
			"set app.Server().SecureErrorLogMessage = true"))
	}
	return errors.Join(errs...)
}
