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

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use. Make one with [New].
type Security struct{ chain *core.SecurityChain }

// New binds chain to Echo. It panics if chain is nil, since there would be no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("echosec: New: the chain is nil: handle the error of core.NewSecurityChain")
	}
	return &Security{chain: chain}
}

// With returns a Security that also runs providers, for routes that require more. It panics where [core.SecurityChain.With]
// does.
func (s *Security) With(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.With(providers...)}
}

// Then returns a Security for routes behind the Middleware of s. It runs only providers, on the identity that the chain of s has
// found, and refuses requests for which that chain has not run. See [core.SecurityChain.Then].
func (s *Security) Then(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.Then(providers...)}
}

// Secured returns a handler that calls h for the requests that the chain passes. h finds the identity with [core.AuthFrom] in
// the context of its request. Secured panics if h is nil.
func (s *Security) Secured(h echo.HandlerFunc) echo.HandlerFunc { return s.Middleware(h) }

// Public returns a handler for a route that is open on purpose. It finds no Auth. See [core.SecurityChain.Public].
func (s *Security) Public(h echo.HandlerFunc) echo.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Middleware(h)
}

// Middleware is for groups and for the whole application: e.Group("/admin", sec.Middleware), e.Use(sec.Middleware).
// When it returns, a refusal has been sent: Echo's error handler does not see it.
//
// The context has a request with the identity only while next runs. When next returns or panics, the context has its earlier
// request again, whatever was set meanwhile, so middleware outside and the error handler do not find the identity. See
// [httpseam.ServeWithContext] for what of the inner request is seen outside.
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
		return serve(ctx, c, begun, next)
	}
}

// serve calls next unless the request was given up while the chain ran.
func serve(ctx context.Context, c echo.Context, begun *http.Request, next echo.HandlerFunc) (err error) {
	outer := c.Request() // a provider may have set another one
	if err := begun.Context().Err(); err != nil {
		return err // outer may be the request of another client
	}
	httpseam.Serve(ctx, outer, c, func() { err = next(c) })
	return err
}

// Auth returns the identity of c. It is [core.AuthFrom] for the context of c's request.
func Auth(c echo.Context) (*core.Auth, bool) { return core.AuthFrom(c.Request().Context()) }

// Unwrap returns the context behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended. A provider may set another request with SetRequest: later providers and the handler see it, but
// with the context of the chain.
func Unwrap(req core.Request) (echo.Context, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.c, true
}

// exchange is the [core.Request] and the [core.Response] of one request. It is pooled: the chain has taken it back from its
// providers when Guard returns.
//
// Echo's Timeout, and middleware like it, give up a request while the chain still runs, and Echo uses c for the request of
// another client then. The context of the request that was given up has ended by that time. Therefore each method reads c first
// and then checks that context.
type exchange struct {
	httpseam.Exchange
	c      echo.Context
	begun  *http.Request // the request of c when the chain began
	unsent error         // why a refusal was not sent
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

var errCommitted = errors.New("echosec: the response was begun before the chain ran")

// Request returns the request that c has, since a provider may have set another one. If the request was given up, Request
// returns the one that the chain began with.
func (x *exchange) Request() *http.Request {
	if r := x.c.Request(); x.begun.Context().Err() == nil {
		return r
	}
	return x.begun
}

// Response returns nil if the request was given up: no client waits for the answer, and c may serve another request.
func (x *exchange) Response() http.ResponseWriter {
	if res := x.c.Response(); x.begun.Context().Err() == nil {
		return res
	}
	return nil
}

// Send records whether the request was given up. It fails if the response was begun before the chain ran.
func (x *exchange) Send(status int, body []byte) error {
	res := x.c.Response()
	if x.unsent = x.begun.Context().Err(); x.unsent == nil && res.Committed {
		return errCommitted
	}
	return x.Exchange.Send(status, body)
}
