// Package bunsec is the worked example of an adapter for another framework: bunrouter. Copy it for yours.
//
// An adapter has four parts. It says where the framework keeps the request and the response writer (seam). It runs the chain and
// passes the context on (Middleware). It has the methods of the other adapters (New, With, Then, Secured, Public, Middleware,
// Auth, Unwrap). And it runs the conformance suite (bunsec_test.go). An adapter decides nothing: no status, no header, no path.
//
// Pass Middleware to bunrouter.New(bunrouter.Use(sec.Middleware)) to guard the whole application. router.Use returns a group
// that is guarded, and leaves router as it is.
//
// Put a method override in front of the router, around it. An override in middleware changes the method after the handler was
// chosen: a public rule for one method would open the handler of another.
package bunsec

import (
	"net/http"

	"github.com/uptrace/bunrouter"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use. Make one with [New].
type Security struct{ chain *core.SecurityChain }

// New binds chain to bunrouter. It panics if chain is nil, since there would be no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("bunsec: New: the chain is nil: handle the error of core.NewSecurityChain")
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

// Secured returns a handler that calls h for the requests that the chain passes. It panics if h is nil.
func (s *Security) Secured(h bunrouter.HandlerFunc) bunrouter.HandlerFunc { return s.Middleware(h) }

// Public returns a handler for a route that is open on purpose.
func (s *Security) Public(h bunrouter.HandlerFunc) bunrouter.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Middleware(h)
}

// Middleware is for groups and for the whole application: group := router.Use(sec.Middleware). It has the type of the framework's
// middleware, [bunrouter.MiddlewareFunc].
func (s *Security) Middleware(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
	if next == nil {
		panic("bunsec: the handler is nil") // when the route is added, not at its first request
	}
	return func(w http.ResponseWriter, req bunrouter.Request) (err error) {
		ctx, ok := httpseam.Guard(s.chain, &seam{w, req})
		if !ok {
			return nil // the refusal has been sent: an error would make other middleware send a second answer
		}
		httpseam.ServeWithContext(ctx, req.Request, func(inner *http.Request) {
			req.Request = inner // req is a copy of this call, with the parameters of the route; those outside keep theirs
			err = next(w, req)
		})
		return err
	}
}

// Auth returns the identity of req, in a handler.
func Auth(req bunrouter.Request) (*core.Auth, bool) { return core.AuthFrom(req.Context()) }

// Unwrap returns the request behind the core.Request that a provider got. It returns false when the chain has ended.
func Unwrap(req core.Request) (bunrouter.Request, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return bunrouter.Request{}, false
	}
	c, ok := x.Context.(*seam)
	if !ok {
		return bunrouter.Request{}, false // a request of another framework
	}
	return c.req, true
}

// seam says where bunrouter keeps the request and the response writer: in the arguments of the handler. Package httpseam reads
// and writes these. It compares the path that was sent, as the router does.
type seam struct {
	w   http.ResponseWriter
	req bunrouter.Request
}

func (c *seam) Request() *http.Request        { return c.req.Request }
func (c *seam) Response() http.ResponseWriter { return c.w }
