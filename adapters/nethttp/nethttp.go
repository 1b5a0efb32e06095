package nethttp

import (
	"net/http"
	"sync"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use. Make one with [New].
type Security struct{ chain *core.SecurityChain }

// New binds chain to net/http. It panics if chain is nil, since there would be no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("nethttp: New: the chain is nil: handle the error of core.NewSecurityChain")
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
func (s *Security) Secured(h http.HandlerFunc) http.HandlerFunc {
	return newGuard(s.chain, h).ServeHTTP
}

// Public returns a handler for a route that is open on purpose. It finds no Auth. See [core.SecurityChain.Public].
func (s *Security) Public(h http.HandlerFunc) http.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is Secured for any handler: a ServeMux, a file server, a part of an application. Only the request that next gets
// has the identity. Middleware outside does not find it. See [httpseam.ServeWithContext] for what of that request is seen
// outside.
func (s *Security) Middleware(next http.Handler) http.Handler {
	return newGuard(s.chain, next)
}

// guard is a handler behind a chain. [Watch] recognizes it.
type guard struct {
	chain *core.SecurityChain
	next  http.Handler
}

func newGuard(chain *core.SecurityChain, next http.Handler) *guard {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("nethttp: the handler is nil")
	}
	return &guard{chain, next}
}

// ServeHTTP implements [http.Handler].
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r == &probe.request {
		probe.guard = g
		return
	}
	x := pool.Get().(*exchange)
	x.Context, x.w, x.r = x, w, r
	ctx, ok := g.chain.Guard(r.Context(), x, x)
	*x = exchange{}
	pool.Put(x)
	if ok {
		httpseam.ServeWithContext(ctx, r, func(inner *http.Request) { g.next.ServeHTTP(w, inner) })
	}
}

// Auth returns the identity of r. It is [core.AuthFrom] for the context of r.
func Auth(r *http.Request) (*core.Auth, bool) { return core.AuthFrom(r.Context()) }

// Unwrap returns the request behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended.
func Unwrap(req core.Request) (*http.Request, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.r, true
}

// exchange is the [core.Request] and the [core.Response] of one request. It is pooled: the chain has taken it back from its
// providers when Guard returns.
type exchange struct {
	httpseam.Exchange
	w http.ResponseWriter
	r *http.Request
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

// Request implements [httpseam.Context].
func (x *exchange) Request() *http.Request { return x.r }

// Response implements [httpseam.Context].
func (x *exchange) Response() http.ResponseWriter { return x.w }
