// Package serving reports whether a context of Fiber still serves the request that it served before. Middleware such as
// timeout.New gives up a request while its handler still runs, and Fiber then uses the context for the request of another client.
package serving

import (
	"errors"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// ErrGivenUp is the error of a handler whose request was given up. The context may serve another request by then.
var ErrGivenUp = errors.New("fibersec: the request was given up before it was answered")

// Request identifies one request of one connection.
type Request struct {
	ctx *fasthttp.RequestCtx
	id  uint64
}

// Of returns the request that c serves now.
func Of(c fiber.Ctx) Request { return Request{c.RequestCtx(), c.RequestCtx().ID()} }

// By reports whether c still serves r, and has not been abandoned.
func (r Request) By(c fiber.Ctx) bool {
	return c.RequestCtx() == r.ctx && r.ctx.ID() == r.id && !c.IsAbandoned()
}
