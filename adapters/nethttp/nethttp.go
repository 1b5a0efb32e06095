package nethttp

import (
	"net/http"
	"sync"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use.
type Security struct{ chain *core.SecurityChain }

// New binds a chain to net/http. It panics on a nil chain, which has no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("nethttp: New: the chain is nil: handle the error of core.NewSecurityChain")
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
func (s *Security) Secured(h http.HandlerFunc) http.HandlerFunc {
	return s.Middleware(h).ServeHTTP
}

// Public marks a route that is open on purpose: there is no Auth in its handler. See [core.SecurityChain.Public].
func (s *Security) Public(h http.HandlerFunc) http.HandlerFunc {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is Secured for any handler: a ServeMux, a file server, a part of an application. The identity is in the request
// that next gets and in no other: middleware outside does not find it. See [httpseam.ServeWithContext] for what of a request is
// seen outside.
func (s *Security) Middleware(next http.Handler) http.Handler {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("nethttp: the handler is nil")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := pool.Get().(*exchange)
		x.Context, x.w, x.r = x, w, r
		ctx, ok := s.chain.Guard(r.Context(), x, x)
		*x = exchange{}
		pool.Put(x)
		if ok {
			httpseam.ServeWithContext(ctx, r, func(inner *http.Request) { next.ServeHTTP(w, inner) })
		}
	})
}

// Auth is [core.AuthFrom] for the context of r.
func Auth(r *http.Request) (*core.Auth, bool) { return core.AuthFrom(r.Context()) }

// Unwrap returns the request behind the [core.Request] that a provider was given, and false on another framework or
// after the chain has ended.
func Unwrap(req core.Request) (*http.Request, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.r, true
}

// exchange is the seam between the chain and one request. The chain takes it back from its providers before Guard returns, so it
// can be used again.
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
