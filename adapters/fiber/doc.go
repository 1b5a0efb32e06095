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
// Put a method override in a Use in front of all routes, with c.Method(override), from where Fiber's router goes by it. As one
// of the handlers of a route it changes the method when the route is taken already: a public rule for one method would open
// the handler of another.
//
// adaptor.HTTPMiddleware of Fiber doubles the cookies: behind it, a token in a cookie comes twice and is refused with 400. Use
// middleware of Fiber in front of the chain, and net/http's behind it, with [HTTPHandler].
//
// For a limit of time use timeout.NewWithContext. Fiber has deprecated timeout.New, and it does not support other middleware
// that goes on while the handler behind it still runs: Fiber gives the context to the next request then, and whatever the
// handler does with it, it does to that one. When a chain here, or an [HTTPHandler], ends after its request was given up, it
// runs no handler, writes nothing and returns an error. A handler that is running already has no such protection. Nor has a
// provider: it may read the fields of the next request, but its verdict counts for nothing.
//
// The identity is in c.UserContext() while the guarded handler runs, and nowhere else. What outlives the handler keeps that
// context, never c or c.Context(), which serve the next request then. fasthttp reuses its buffers, too: what a handler keeps
// of a request it must copy. The identity is a copy already. The context of a request is not cancelled when its client goes
// away, because fasthttp does not notice.
package fibersec
