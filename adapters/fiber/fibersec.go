package fibersec

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/serving"
	"github.com/microkubes/microkubes-go/core"
)

// Security puts a chain in front of handlers. It is immutable and safe for concurrent use.
type Security struct{ chain *core.SecurityChain }

// New binds a chain to Fiber. It panics on a nil chain, which has no policy.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("fibersec: New: the chain is nil: handle the error of core.NewSecurityChain")
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

// Secured lets h see only the requests that the chain passes. [core.AuthFrom] finds who it is in c.UserContext(), until h
// returns: then c has the context again that it had before, in the app's ErrorHandler, too.
func (s *Security) Secured(h fiber.Handler) fiber.Handler {
	if h == nil {
		panic("fibersec: the handler is nil")
	}
	return func(c *fiber.Ctx) error { return s.guard(c, h) }
}

// Public marks a route that is open on purpose: there is no Auth in its handler. See [core.SecurityChain.Public].
func (s *Security) Public(h fiber.Handler) fiber.Handler {
	return (&Security{chain: s.chain.Public()}).Secured(h)
}

// Middleware is for groups and whole applications: app.Group("/admin", sec.Middleware), app.Use(sec.Middleware). A
// refusal is answered when it returns: Fiber's error handler does not see it.
func (s *Security) Middleware(c *fiber.Ctx) error { return s.guard(c, (*fiber.Ctx).Next) }

// guard gives next the identity with the context, and takes it back after: what runs outside sees nobody. Where Fiber has
// taken c from its handler, as timeout.New makes it do, c may serve another request by now: then it is left alone.
func (s *Security) guard(c *fiber.Ctx, next fiber.Handler) error {
	begun, outer := serving.Of(c), c.UserContext()
	x := pool.Get().(*exchange)
	x.c, x.begun = c, begun
	ctx, ok := s.chain.Guard(outer, x, x)
	*x = exchange{}
	pool.Put(x)
	switch {
	case !begun.By(c):
		return serving.ErrGivenUp
	case !ok:
		return nil
	}
	defer takeBack(c, outer, begun)
	c.SetUserContext(ctx)
	return next(c)
}

// takeBack gives c the context that it had before, whatever the handler has set.
func takeBack(c *fiber.Ctx, outer context.Context, begun serving.Request) {
	if begun.By(c) {
		c.SetUserContext(outer)
	}
}

// Auth is [core.AuthFrom] for c.UserContext(), in a handler. Fiber uses c for the next request as soon as the handler has
// returned, so what outlives it, such as a job or the writer of a stream, must keep c.UserContext() or the Auth: a kept c
// may answer with the next caller. Where it serves no request, it answers with nobody.
func Auth(c *fiber.Ctx) (auth *core.Auth, ok bool) {
	defer func() {
		if recover() != nil { // the fields of a c without a request are nil
			auth, ok = nil, false
		}
	}()
	return core.AuthFrom(c.UserContext())
}

// Unwrap returns the context behind the [core.Request] that a provider was given, and false on another framework or
// after the chain has ended.
func Unwrap(req core.Request) (*fiber.Ctx, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.c, true
}
