package fibersec

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

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

// Secured lets h see only the requests that the chain passes. [core.AuthFrom] finds who it is in c.UserContext().
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

func (s *Security) guard(c *fiber.Ctx, next fiber.Handler) error {
	x := (*exchange)(c)
	ctx, ok := s.chain.Guard(c.UserContext(), x, x)
	if !ok {
		return nil
	}
	c.SetUserContext(ctx)
	return next(c)
}

// Auth is [core.AuthFrom] for c.UserContext().
func Auth(c *fiber.Ctx) (*core.Auth, bool) { return core.AuthFrom(c.UserContext()) }

// Unwrap returns the context behind the [core.Request] that a provider was given, and false on another framework or
// after the chain has ended.
func Unwrap(req core.Request) (*fiber.Ctx, bool) {
	x, ok := core.RequestAs[*exchange](req)
	if !ok {
		return nil, false
	}
	return x.ctx(), true
}

// exchange is the seam: both [core.Request] and [core.Response] over one request, with strings in fasthttp's memory. It is
// Fiber's context by another name, with other methods, so it takes no memory of its own.
type exchange fiber.Ctx

func (x *exchange) ctx() *fiber.Ctx { return (*fiber.Ctx)(x) }

func (x *exchange) Method() string { return utils.UnsafeString(x.ctx().Request().Header.Method()) }
func (x *exchange) Host() string   { return utils.UnsafeString(x.ctx().Request().Host()) }
func (x *exchange) RawQuery() string {
	return utils.UnsafeString(x.ctx().Request().URI().QueryString())
}
func (x *exchange) RemoteAddr() string { return x.ctx().Context().RemoteAddr().String() }

func (x *exchange) Scheme() string {
	if x.ctx().Context().IsTLS() {
		return "https"
	}
	return "http"
}

func (x *exchange) AddHeader(name, value string) { x.ctx().Response().Header.Add(name, value) }

func (x *exchange) SetHeader(name, value string) { x.ctx().Response().Header.Set(name, value) }

func (x *exchange) Send(status int, body []byte) error {
	return x.ctx().Status(status).Send(body)
}
