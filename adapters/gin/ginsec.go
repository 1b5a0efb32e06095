package ginsec

import (
	"errors"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use. Make one with [New].
type Security struct{ chain *core.SecurityChain }

// New binds chain to Gin. It panics if chain is nil, since there would be no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("ginsec: New: the chain is nil: handle the error of core.NewSecurityChain")
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

// Secured returns a handler that calls h for the requests that the chain passes. h finds the identity with [Auth]. A handler that
// the route has behind h runs for these requests, too, but without the identity: use Middleware for several handlers. Secured
// panics if h is nil.
func (s *Security) Secured(h gin.HandlerFunc) gin.HandlerFunc {
	if h == nil {
		panic("ginsec: the handler is nil")
	}
	return func(c *gin.Context) { s.guard(c, h) }
}

// Public returns a handler for a route that is open on purpose. It finds no Auth. See [core.SecurityChain.Public].
func (s *Security) Public(h gin.HandlerFunc) gin.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is for groups and for the whole application: router.Group("/admin", sec.Middleware), engine.Use(sec.Middleware). It
// guards the routes that are added later. When it refuses, the answer has been sent, c is aborted, and no later handler runs.
//
// c has a request with the identity only while the later handlers run. When they return or panic, c has its earlier request
// again, whatever was set meanwhile, so middleware outside does not find the identity. See [httpseam.ServeWithContext] for what
// of the inner request is seen outside.
func (s *Security) Middleware(c *gin.Context) { s.guard(c, (*gin.Context).Next) }

// guard runs the chain, and next for the requests that pass.
func (s *Security) guard(c *gin.Context, next gin.HandlerFunc) {
	begun := c.Request
	x := pool.Get().(*exchange)
	x.Context, x.c, x.begun = x, c, begun
	ctx, ok := s.chain.Guard(begun.Context(), x, x)
	*x = exchange{}
	pool.Put(x)
	outer := c.Request // a provider may have set another one
	if !ok || begun.Context().Err() != nil {
		// If the request was given up, c may serve another one. Gin's loop over the handlers counts in c: without Abort it would
		// call a handler here that the chain has not passed, of either request.
		c.Abort()
		return
	}
	httpseam.Serve(ctx, outer, seam{c}, func() { next(c) })
}

// Auth returns the identity of c, in a handler. It is [core.AuthFrom] for the context of c's request. With a c that is kept
// beyond the handler, it may return the identity of the next request: keep c.Copy().
func Auth(c *gin.Context) (*core.Auth, bool) { return core.AuthFrom(c.Request.Context()) }

// Unwrap returns the context behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended. A provider may set another request in c.Request: later providers and the handler see it, but
// with the context of the chain.
func Unwrap(req core.Request) (*gin.Context, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.c, true
}

// seam says where Gin keeps the request.
type seam struct{ c *gin.Context }

func (s seam) Request() *http.Request     { return s.c.Request }
func (s seam) SetRequest(r *http.Request) { s.c.Request = r }

// exchange is the [core.Request] and the [core.Response] of one request. It is pooled: the chain has taken it back from its
// providers when Guard returns. It reads the request itself, since methods of Gin such as ClientIP trust forwarding headers.
//
// The timeout middleware of gin-contrib, and middleware like it, give up a request while the chain still runs, and Gin uses c for
// the request of another client then. The server ends the context of a request when the engine has returned. Therefore each
// method reads c first and then checks that context.
type exchange struct {
	httpseam.Exchange
	c     *gin.Context
	begun *http.Request // the request of c when the chain began
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

var errWritten = errors.New("ginsec: the response was begun before the chain ran")

// Request returns the request that c has, since a provider may have set another one. If the request was given up, Request
// returns the one that the chain began with.
func (x *exchange) Request() *http.Request {
	if r := x.c.Request; x.begun.Context().Err() == nil {
		return r
	}
	return x.begun
}

// Response returns nil if the request was given up: no client waits for the answer, and c may serve another request.
func (x *exchange) Response() http.ResponseWriter {
	if w := x.c.Writer; x.begun.Context().Err() == nil {
		return w
	}
	return nil
}

// Send fails if the response was begun before the chain ran.
func (x *exchange) Send(status int, body []byte) error {
	if w := x.c.Writer; x.begun.Context().Err() == nil && w.Written() {
		return errWritten
	}
	return x.Exchange.Send(status, body)
}
