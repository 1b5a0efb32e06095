package echosec

import (
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
//
// Middleware returns an error of its own in place of a refusal only if the request was given up, or the refusal could not be
// sent: see [httpseam.Handle].
func (s *Security) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	if next == nil {
		panic("echosec: the handler is nil")
	}
	return guard(s.chain, next)
}

// guard makes every guard of this package. It is not inlined, since [Watch] recognizes guards by the address of their code, of
// which the compiler would make copies.
//
//go:noinline
func guard(chain *core.SecurityChain, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if p, ok := c.(*probe); ok {
			p.chain, p.next = chain, next
			return nil
		}
		x := seams.Get().(*seam)
		x.Context = c
		err := httpseam.Handle(chain, x, func() error { return next(c) })
		x.Context = nil
		seams.Put(x)
		return err
	}
}

// Auth returns the identity of c. It is [core.AuthFrom] for the context of c's request.
func Auth(c echo.Context) (*core.Auth, bool) { return core.AuthFrom(c.Request().Context()) }

// Unwrap returns the context behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended. A provider may set another request with SetRequest: later providers and the handler see it, but
// with the context of the chain.
func Unwrap(req core.Request) (echo.Context, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return nil, false
	}
	at, ok := x.Context.(*seam)
	if !ok {
		return nil, false
	}
	return at.Context, true
}

// seam says where Echo keeps the request and the response writer. It is pooled, since an interface with a struct of an interface
// would be an allocation.
type seam struct{ echo.Context }

var seams = sync.Pool{New: func() any { return new(seam) }}

// Response implements [httpseam.Context]. It returns nil if the response was begun before the chain ran.
func (s *seam) Response() http.ResponseWriter {
	if res := s.Context.Response(); !res.Committed {
		return res
	}
	return nil
}
