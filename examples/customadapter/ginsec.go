// Package ginsec is the worked example of an adapter for another framework: Gin. Copy it for yours.
//
// An adapter has four parts. It implements core.Request and core.Response over the framework's request (exchange), calls
// Guard and hands the context on (guard), offers the verbs of the other adapters (New, With, Then, Secured, Public), and
// runs the conformance suite (ginsec_test.go). It decides nothing: no status, no header, no path.
//
// A method override belongs in front of Gin's router, around the engine: one in router.Use changes the method when the handler
// is chosen already, and a public rule for one method would open the handler of another. Middleware that goes on while the
// handler behind it still runs is not supported by Gin itself, which asks for a copy of its context then.
package ginsec

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use.
type Security struct{ chain *core.SecurityChain }

// New binds a chain to Gin. It panics on a nil chain, which has no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("ginsec: New: the chain is nil: handle the error of core.NewSecurityChain")
	}
	return &Security{chain: chain}
}

// With returns a Security that asks more, for some routes.
func (s *Security) With(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.With(providers...)}
}

// Then returns a Security for routes behind this one's Middleware, which asks the providers alone.
func (s *Security) Then(providers ...core.Provider) *Security {
	return &Security{chain: s.chain.Then(providers...)}
}

// Secured lets h see only the requests that the chain passes.
func (s *Security) Secured(h gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) { s.guard(c, h) }
}

// Public marks a route that is open on purpose.
func (s *Security) Public(h gin.HandlerFunc) gin.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is for groups and for the whole application: router.Use(sec.Middleware).
func (s *Security) Middleware(c *gin.Context) { s.guard(c, (*gin.Context).Next) }

// guard asks the chain. What it refuses it has answered: the other handlers must not run. What it passes goes on with the
// identity, and c gets its request back when next returns or panics: nobody is seen outside the guarded call.
func (s *Security) guard(c *gin.Context, next gin.HandlerFunc) {
	ctx, ok := httpseam.Guard(s.chain, seam{c})
	if !ok {
		c.Abort()
		return
	}
	httpseam.Serve(ctx, c.Request, seam{c}, func() { next(c) })
}

// Unwrap returns the context behind the core.Request that a provider was given.
func Unwrap(req core.Request) (*gin.Context, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return nil, false
	}
	s, ok := x.Context.(seam)
	return s.c, ok
}

// seam says where Gin keeps the request and the response writer. Package httpseam asks these and not Gin, which would trust a
// forwarding header or clean a path.
type seam struct{ c *gin.Context }

func (s seam) Request() *http.Request        { return s.c.Request }
func (s seam) SetRequest(r *http.Request)    { s.c.Request = r }
func (s seam) Response() http.ResponseWriter { return s.c.Writer }
