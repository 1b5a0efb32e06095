// Package fibersec puts a security chain in front of Fiber v2 handlers.
//
//	sec := fibersec.New(chain)
//	app.Get("/hello", sec.Secured(hello))
//	app.Get("/healthcheck", sec.Public(health))
//	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package binds only: what is refused, and how, is decided in package core and the same on every framework.
//
// Let [Prepare] set up the app's server before it listens: there must be room for long tokens, and a request that cannot be
// parsed must not be sent back with its token:
//
//	app := fiber.New()
//	err := fibersec.Prepare(app)
//
// [HTTPHandler] mounts a handler of net/http, with the identity in the context of its request.
//
// The identity is in c.UserContext() while the guarded handler runs, and nowhere else. What outlives the handler keeps that
// context, never c or c.Context(), which serve the next request then. fasthttp reuses its buffers, too: what a handler keeps
// of a request it must copy. The identity is a copy already. The context of a request is not cancelled when its client goes
// away, because fasthttp does not notice.
package fibersec
