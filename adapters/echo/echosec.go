package echosec

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use.
type Security struct{ chain *core.SecurityChain }

// New binds a chain to Echo. It panics on a nil chain, which has no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("echosec: New: the chain is nil: handle the error of core.NewSecurityChain")
	}
	return &Security{chain: chain}
}

// With returns a Security that asks more, for some routes. See [core.SecurityChain.With].
func (s *Security) With(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.With(providers...)}
}

// Then returns a Security for routes behind this one's Middleware: it runs only these providers, on the identity that the
// chain has found in front, and is closed where that chain has not run. See [core.SecurityChain.Then].
func (s *Security) Then(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.Then(providers...)}
}

// Secured lets h see only the requests that the chain passes. h finds the identity with [core.AuthFrom] in the context
// of its request.
func (s *Security) Secured(h echo.HandlerFunc) echo.HandlerFunc { return s.Middleware(h) }

// Public marks a route that is open on purpose: there is no Auth in its handler. See [core.SecurityChain.Public].
func (s *Security) Public(h echo.HandlerFunc) echo.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Middleware(h)
}

// Middleware is for groups and for the whole application: e.Group("/admin", sec.Middleware), e.Use(sec.Middleware).
// A refusal is answered when it returns: Echo's error handler does not see it.
//
// The identity is in the request that next finds in its context and in no other. When next returns or panics, the context
// has the request again that it had before, whatever was set meanwhile, so middleware outside and the error handler do not
// find the identity. See [httpseam.ServeWithContext] for what of a request is seen outside.
func (s *Security) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	if next == nil {
		panic("echosec: the handler is nil")
	}
	return func(c echo.Context) error {
		begun := c.Request()
		x := pool.Get().(*exchange)
		x.Context, x.c, x.begun = x, c, begun
		ctx, ok := s.chain.Guard(begun.Context(), x, x)
		unsent := x.unsent
		*x = exchange{}
		pool.Put(x)
		if !ok {
			return unsent
		}
		return handOn(ctx, c, begun, next)
	}
}

// handOn calls next unless the request was given up while the chain ran.
func handOn(ctx context.Context, c echo.Context, begun *http.Request, next echo.HandlerFunc) (err error) {
	outer := c.Request() // a provider may have set another one
	if err := begun.Context().Err(); err != nil {
		return err // and outer may be another client's
	}
	httpseam.Serve(ctx, outer, c, func() { err = next(c) })
	return err
}

// Auth is [core.AuthFrom] for the context of c's request.
func Auth(c echo.Context) (*core.Auth, bool) { return core.AuthFrom(c.Request().Context()) }

// Unwrap returns the context behind the [core.Request] that a provider was given, and false on another framework or
// after the chain has ended. Providers that come later, and the handler, see a request that a provider sets with SetRequest,
// but for its context: that one is the chain's.
func Unwrap(req core.Request) (echo.Context, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.c, true
}

// exchange is the seam between the chain and one request. The chain takes it back from its providers before Guard returns, so it
// can be used again.
type exchange struct {
	httpseam.Exchange
	c      echo.Context
	begun  *http.Request // that c had when the chain began
	unsent error         // why a refusal was not sent
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

var errCommitted = errors.New("echosec: the response was begun before the chain ran")

// Request returns the request that c has, since a provider may set another one. Echo's Timeout, and middleware like it, give up
// a request while the chain still runs, and Echo uses c for another client's then. The context of the request has ended by
// that time. So it is looked at after c was read.
func (x *exchange) Request() *http.Request {
	if r := x.c.Request(); x.begun.Context().Err() == nil {
		return r
	}
	return x.begun
}

// Response returns nil where the request was given up: nobody waits for the answer, and c may belong to another request.
func (x *exchange) Response() http.ResponseWriter {
	if res := x.c.Response(); x.begun.Context().Err() == nil {
		return res
	}
	return nil
}

// Send notes why nothing is written where the request was given up, and leaves a response alone that was begun already.
func (x *exchange) Send(status int, body []byte) error {
	res := x.c.Response()
	if x.unsent = x.begun.Context().Err(); x.unsent == nil && res.Committed {
		return errCommitted
	}
	return x.Exchange.Send(status, body)
}
