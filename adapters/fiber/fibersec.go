package fibersec

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/serving"
	"github.com/microkubes/microkubes-go/core"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use. Make one with [New].
type Security struct{ chain *core.SecurityChain }

// New binds chain to Fiber. It panics if chain is nil, since there would be no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("fibersec: New: the chain is nil: handle the error of core.NewSecurityChain")
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
// c.UserContext(). When h returns or panics, c has its earlier context again, so the app's ErrorHandler does not find the
// identity. Secured panics if h is nil.
func (s *Security) Secured(h fiber.Handler) fiber.Handler {
	if h == nil {
		panic("fibersec: the handler is nil")
	}
	return guarded(s, h)
}

// guarded makes every handler that guards another. It is not inlined, since [Watch] recognizes these handlers by the address of
// their code, of which the compiler would make copies.
//
//go:noinline
func guarded(s *Security, h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error { return s.guard(c, h) }
}

// Public returns a handler for a route that is open on purpose. It finds no Auth. See [core.SecurityChain.Public].
func (s *Security) Public(h fiber.Handler) fiber.Handler {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is for groups and for the whole application: app.Group("/admin", sec.Middleware), app.Use(sec.Middleware).
// When it returns, a refusal has been sent: Fiber's error handler does not see it.
func (s *Security) Middleware(c *fiber.Ctx) error { return s.guard(c, (*fiber.Ctx).Next) }

// guard runs next with the context that has the identity, and gives c its earlier context back afterwards, so that whatever runs
// outside does not find the identity. If the request was given up, as timeout.New does, Fiber may use c for another request.
// Then c is left alone.
func (s *Security) guard(c *fiber.Ctx, next fiber.Handler) error {
	if c == &probe.context {
		probe.chain, probe.next = s.chain, next
		return nil
	}
	begun, outer := serving.Of(c.Context()), c.UserContext()
	x := pool.Get().(*exchange)
	x.c, x.begun = c, begun
	ctx, ok := s.chain.Guard(outer, x, x)
	*x = exchange{}
	pool.Put(x)
	switch {
	case !begun.By(c.Context()):
		return serving.ErrGivenUp
	case !ok:
		return nil
	}
	defer takeBack(c, outer, begun)
	c.SetUserContext(ctx)
	return next(c)
}

// takeBack gives c its earlier context, whatever the handler has set, unless c serves another request.
func takeBack(c *fiber.Ctx, outer context.Context, begun serving.Request) {
	if begun.By(c.Context()) {
		c.SetUserContext(outer)
	}
}

// Auth returns the identity of c, in a handler. It is [core.AuthFrom] for c.UserContext().
//
// Fiber uses c for the next request as soon as the handler has returned. Code that outlives the handler, such as a job or the
// writer of a stream, must keep c.UserContext() or the Auth: called with a kept c, this function may return the identity of the
// next request. If c serves no request, Auth returns nil and false.
func Auth(c *fiber.Ctx) (auth *core.Auth, ok bool) {
	defer func() {
		if recover() != nil { // the fields of a c without a request are nil
			auth, ok = nil, false
		}
	}()
	return core.AuthFrom(c.UserContext())
}

// Unwrap returns the context behind the [core.Request] that a provider got. It returns false for a request of another framework,
// and when the chain has ended.
func Unwrap(req core.Request) (*fiber.Ctx, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.c, true
}
