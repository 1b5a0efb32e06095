package nethttp

import (
	"net/http"
	"sync"

	"github.com/microkubes/microkubes-go/core"
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
// that next gets and in no other: middleware outside does not find it. See [core.ServeWithContext] for what of a request is
// seen outside.
func (s *Security) Middleware(next http.Handler) http.Handler {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("nethttp: the handler is nil")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := pool.Get().(*exchange)
		x.w, x.r = w, r
		ctx, ok := s.chain.Guard(r.Context(), x, x)
		*x = exchange{}
		pool.Put(x)
		if ok {
			core.ServeWithContext(ctx, r, func(inner *http.Request) { next.ServeHTTP(w, inner) })
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

// exchange is the seam: both [core.Request] and [core.Response] over one request. The chain takes it back from its
// providers before Guard returns, so it can be used again.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	values []string // of the response's headers: one array for all that the chain sets
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

func (x *exchange) Method() string     { return x.r.Method }
func (x *exchange) Host() string       { return x.r.Host }
func (x *exchange) RoutePath() string  { return core.RoutePath(x.r.URL) }
func (x *exchange) RawQuery() string   { return x.r.URL.RawQuery }
func (x *exchange) RemoteAddr() string { return x.r.RemoteAddr }

func (x *exchange) Scheme() string {
	if x.r.TLS != nil {
		return "https"
	}
	return "http"
}

func (x *exchange) Header(name string) (string, int) {
	values := x.r.Header[name]
	if len(values) == 0 {
		return "", 0
	}
	return values[0], len(values)
}

func (x *exchange) FieldLines(name string) []string { return x.r.Header[name] }

func (x *exchange) SetHeader(name, value string) {
	if x.values == nil {
		x.values = make([]string, 0, 4)
	}
	x.values = append(x.values, value)
	n := len(x.values)
	x.w.Header()[name] = x.values[n-1 : n : n]
}

func (x *exchange) AddHeader(name, value string) {
	if header := x.w.Header(); len(header[name]) > 0 {
		header[name] = append(header[name], value)
		return
	}
	x.SetHeader(name, value)
}

func (x *exchange) Send(status int, body []byte) error {
	delete(x.w.Header(), "Content-Length") // of a response that will not be sent
	x.w.WriteHeader(status)
	_, err := x.w.Write(body)
	return err
}
