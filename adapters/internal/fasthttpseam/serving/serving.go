// Package serving reports whether a context of fasthttp still serves the request that it served before. Middleware that times
// out may give up a request while its handler still runs, and the context may then serve the request of another client.
package serving

import (
	"errors"

	"github.com/valyala/fasthttp"
)

// ErrGivenUp is the error of a handler whose request was given up. The context may serve another request by then.
var ErrGivenUp = errors.New("fibersec: the request was given up before it was answered")

// Request identifies one request of one connection.
type Request struct {
	ctx *fasthttp.RequestCtx
	id  uint64
}

// Of returns the request that ctx serves now.
func Of(ctx *fasthttp.RequestCtx) Request { return Request{ctx, ctx.ID()} }

// By reports whether ctx still serves r.
func (r Request) By(ctx *fasthttp.RequestCtx) bool { return ctx == r.ctx && ctx.ID() == r.id }
