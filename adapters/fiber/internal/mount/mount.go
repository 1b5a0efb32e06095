// Package mount serves requests of Fiber with handlers of net/http.
package mount

import (
	"errors"
	"net"
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/serving"
)

// Handler serves h with the context of c, as a server of net/http would. The method is the one that the router went by.
func Handler(h http.Handler, method func(*fiber.Ctx) string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := request(c, method(c))
		if err != nil {
			return fiber.ErrBadRequest
		}
		w, begun := newWriter(c, r), serving.Of(c)
		go w.serve(h, r)
		select {
		case <-w.streams:
			if !begun.By(c) { // c may belong to another request by now
				_ = w.reader.CloseWithError(http.ErrAbortHandler)
				return serving.ErrGivenUp
			}
			w.answerStream(c)
		case p := <-w.ended:
			switch {
			case !begun.By(c):
				return serving.ErrGivenUp
			case p == nil:
				w.answerWhole(c)
			case hangsUp(p):
				hangUp(c.Context())
			default:
				panic(p)
			}
		}
		return nil
	}
}

// hangsUp reports whether a handler panicked in order to end the connection.
func hangsUp(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// hangUp closes the connection without an answer.
func hangUp(ctx *fasthttp.RequestCtx) {
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {})
}
