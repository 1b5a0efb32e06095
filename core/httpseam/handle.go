package httpseam

import (
	"net/http"

	"github.com/microkubes/microkubes-go/core"
)

// Handle guards the request of c and calls next if it passes, as [Guard] and [Serve] do. It is for frameworks whose handlers
// return an error. Handle returns what next returns, or nil if the request has been answered. If a refusal could not be sent,
// Handle returns the reason as an error, so that the framework's error handler answers.
//
// A framework may give up a request while the chain runs, and use c for the request of another client. The context of the request
// that was given up has ended by then. Therefore, when that context ends, the chain keeps reading the request that it began with,
// nothing is written, next is not called, and Handle returns the error of that context.
func Handle(chain *core.SecurityChain, c interface {
	Context
	SetRequest(r *http.Request)
}, next func() error) (err error) {
	begun := c.Request()
	x := pool.Get().(*Exchange)
	x.Context, x.begun, x.unsent = c, begun, errUnsent
	ctx, ok := chain.Guard(begun.Context(), x, x)
	unsent := x.unsent
	*x = Exchange{}
	pool.Put(x) // the chain has taken x back from its providers
	if !ok {
		return unsent
	}
	outer := c.Request() // a provider may have set another one
	if err := begun.Context().Err(); err != nil {
		return err // outer may be the request of another client
	}
	Serve(ctx, outer, c, func() { err = next() })
	return err
}

// givenUp returns the error of the context of the request that the chain began with. It returns nil outside of [Handle].
//
// Methods that read Context call givenUp afterwards: in the other order the framework could use Context for another request in
// between.
func (x *Exchange) givenUp() error {
	if x.begun == nil {
		return nil
	}
	return x.begun.Context().Err()
}

// request returns the request that Context has, since a provider may have set another one. If the request was given up, request
// returns the one that the chain began with.
func (x *Exchange) request() *http.Request {
	if r := x.Context.Request(); x.givenUp() == nil {
		return r
	}
	return x.begun
}

// response returns nil if nothing may be written. That is so, too, if the request was given up: no client waits for the answer,
// and Context may serve another request.
func (x *Exchange) response() http.ResponseWriter {
	if w := x.Context.Response(); x.givenUp() == nil {
		return w
	}
	return nil
}
