// Package mount serves requests of fasthttp with handlers of net/http.
package mount

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/serving"
)

// Call is one request, and what a framework knows of it.
type Call struct {
	Ctx           *fasthttp.RequestCtx
	Context       context.Context // of the request that the handler gets
	Method, Path  string          // those that the router went by
	NoDefaultType bool            // the server adds no Content-Type to answers
	Serves        func() bool     // reports whether the framework still serves this request
	Log           func(format string, args ...any)
}

// ErrMalformed is the error of a request that a server of net/http would refuse.
var ErrMalformed = errors.New("fibersec: the request is malformed")

// Serve runs h as a server of net/http would, and writes its answer to c.Ctx. It returns ErrMalformed, or
// [serving.ErrGivenUp], and panics with what h panics with.
func Serve(h http.Handler, c Call) error {
	r, err := request(c)
	if err != nil {
		return ErrMalformed
	}
	w := newWriter(c, r)
	go w.serve(h, r)
	select {
	case <-w.streams:
		if !c.Serves() { // the context may serve another request
			_ = w.reader.CloseWithError(http.ErrAbortHandler)
			return serving.ErrGivenUp
		}
		w.answerStream(c.Ctx)
	case p := <-w.ended:
		switch {
		case !c.Serves():
			return serving.ErrGivenUp
		case p == nil:
			w.answerWhole(c.Ctx)
		case hangsUp(p):
			hangUp(c.Ctx)
		default:
			panic(p)
		}
	}
	return nil
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
