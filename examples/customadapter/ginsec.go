// Package ginsec is the worked example of an adapter for another framework: Gin. Copy it for yours.
//
// An adapter has four parts. It says where the framework keeps the request and the response writer (seam). It runs the chain and
// passes the context on (guard). It has the methods of the other adapters (New, With, Then, Secured, Public, Middleware). And it
// runs the conformance suite (ginsec_test.go). An adapter decides nothing: no status, no header, no path.
//
// Put a method override in front of Gin's router, around the engine. An override in router.Use changes the method after the
// handler was chosen: a public rule for one method would open the handler of another. Do not use middleware that returns while
// the handler behind it still runs. Gin itself does not support that: it asks for a copy of its context in such a case.
package ginsec

import (
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

// With returns a Security that also runs providers, for routes that require more.
func (s *Security) With(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.With(providers...)}
}

// Then returns a Security for routes behind the Middleware of s. It runs only providers.
func (s *Security) Then(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.Then(providers...)}
}

// Secured returns a handler that calls h for the requests that the chain passes.
func (s *Security) Secured(h gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) { s.guard(c, h) }
}

// Public returns a handler for a route that is open on purpose.
func (s *Security) Public(h gin.HandlerFunc) gin.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is for groups and for the whole application: router.Use(sec.Middleware).
func (s *Security) Middleware(c *gin.Context) { s.guard(c, (*gin.Context).Next) }

// guard runs the chain. A request that does not pass has been answered: no other handler may run. If it passes, c has a request
// with the identity while next runs, and its own again when next returns or panics.
func (s *Security) guard(c *gin.Context, next gin.HandlerFunc) {
	ctx, ok := httpseam.Guard(s.chain, seam{c})
	if !ok {
		c.Abort()
		return
	}
	httpseam.Serve(ctx, c.Request, seam{c}, func() { next(c) })
}

// Unwrap returns the context behind the core.Request that a provider got. It returns false when the chain has ended.
func Unwrap(req core.Request) (*gin.Context, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return nil, false
	}
	s, ok := x.Context.(seam)
	return s.c, ok
}

// seam says where Gin keeps the request and the response writer. Package httpseam reads these, since methods of Gin such as
// ClientIP trust forwarding headers.
type seam struct{ c *gin.Context }

func (s seam) Request() *http.Request        { return s.c.Request }
func (s seam) SetRequest(r *http.Request)    { s.c.Request = r }
func (s seam) Response() http.ResponseWriter { return s.c.Writer }
