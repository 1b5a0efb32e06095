package fibersec

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"
)

// ReadBufferSize is what an app should set in its [fiber.Config]: room for a token of 8 KiB and the other headers.
// Fiber's default of 4 KiB answers 431 to a long token, before any handler.
const ReadBufferSize = 16 << 10

// Check says at start what in the app's configuration would make the chain answer differently than on the other
// frameworks. Call it once, before Listen, and stop on the error.
func Check(app *fiber.App) error {
	var errs []error
	if n := app.Config().ReadBufferSize; n < ReadBufferSize {
		errs = append(errs, fmt.Errorf("fibersec: ReadBufferSize is %d, so long tokens are answered with 431: "+
			"set fiber.Config{ReadBufferSize: fibersec.ReadBufferSize}", n))
	}
	if app.Config().UnescapePath {
		errs = append(errs, errors.New("fibersec: UnescapePath hides encoded slashes from the chain: leave it off"))
	}
	return errors.Join(errs...)
}
