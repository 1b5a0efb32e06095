// Package mount serves requests of Fiber with handlers of net/http.
package mount

import (
	"errors"
	"net"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/fiberv3/internal/serving"
	"github.com/microkubes/microkubes-go/adapters/fiberv3/internal/unparsable"
)

// Handler returns a handler of Fiber that runs h with the context c.Context(), as a server of net/http would.
func Handler(h http.Handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		if unparsable.Is(c.RequestCtx()) { // the server refuses the request with its own answer
			return nil
		}
		r, err := request(c)
		if err != nil {
			return fiber.ErrBadRequest
		}
		w, begun := newWriter(c, r), serving.Of(c)
		go w.serve(h, r)
		select {
		case <-w.streams:
			if !begun.By(c) { // c may serve another request
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
				hangUp(c.RequestCtx())
			default:
				panic(p)
			}
		}
		return nil
	}
}

// hangsUp reports whether p is the panic of a handler that aborts its connection.
func hangsUp(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// hangUp closes the connection without an answer.
func hangUp(ctx *fasthttp.RequestCtx) {
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {})
}
