package ginsec

import (
	"context"
	"errors"
	"net/http"

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
	return guarded(s, h)
}

// guarded makes every handler that guards another. It is not inlined, since [Watch] recognizes these handlers by the address of
// their code, of which the compiler would make copies.
//
//go:noinline
func guarded(s *Security, h gin.HandlerFunc) gin.HandlerFunc {
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

// guard runs the chain, and next for the requests that pass. Gin's loop over the handlers counts in c, so that c is aborted
// whenever next was not called: also if the request was given up, and c may serve another one. Otherwise the loop would call a
// handler here that the chain has not passed, of either request.
//
// Without an answer of the chain, Gin sends the status of c, which is 200 unless something has set it. So guard sets one, and
// writes nothing.
func (s *Security) guard(c *gin.Context, next gin.HandlerFunc) {
	if c == &probe.context {
		probe.chain, probe.next = s.chain, next
		return
	}
	passed := false
	err := httpseam.Handle(s.chain, seam{c}, func() error {
		passed = true
		next(c)
		return nil
	})
	if passed {
		return
	}
	c.Abort()
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		c.Status(http.StatusServiceUnavailable)
	case err != nil:
		c.Status(http.StatusInternalServerError)
	}
}

// Auth returns the identity of c, in a handler. It is [core.AuthFrom] for the context of c's request. With a c that is kept
// beyond the handler, it may return the identity of the next request: keep c.Copy().
func Auth(c *gin.Context) (*core.Auth, bool) { return core.AuthFrom(c.Request.Context()) }

// Unwrap returns the context behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended. A provider may set another request in c.Request: later providers and the handler see it, but
// with the context of the chain.
func Unwrap(req core.Request) (*gin.Context, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return nil, false
	}
	at, ok := x.Context.(seam)
	return at.c, ok
}

// seam says where Gin keeps the request and the response writer. Package httpseam reads these, since methods of Gin such as
// ClientIP trust forwarding headers.
type seam struct{ c *gin.Context }

// Request implements [httpseam.Context].
func (s seam) Request() *http.Request { return s.c.Request }

// SetRequest sets the request with the identity, and the earlier one again.
func (s seam) SetRequest(r *http.Request) { s.c.Request = r }

// Response implements [httpseam.Context]. It returns nil if the response was begun before the chain ran.
func (s seam) Response() http.ResponseWriter {
	if w := s.c.Writer; !w.Written() {
		return w
	}
	return nil
}
