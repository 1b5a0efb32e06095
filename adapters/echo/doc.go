// Package echosec puts a security chain in front of Echo v4 handlers.
//
//	sec := echosec.New(chain)
//	e.GET("/hello", sec.Secured(hello))
//	e.GET("/healthcheck", sec.Public(health))
//	admin := e.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package binds only: what is refused, and how, is decided in package core and the same on every framework.
//
// Put CORS middleware before the chain (e.Use): it answers preflights, and its headers stay on refusals. Put a method override
// before the router (e.Pre): one in e.Use changes the method when the handler is chosen already, and Echo does not say by which
// method it was, so a public rule for one method would open the handler of another.
//
// For a limit of time use Echo's ContextTimeout. Echo has deprecated Timeout, and it does not support other middleware that
// goes on while the handler behind it still runs: Echo gives the context to the next request then, and whatever the handler
// does with it, it does to that one. Such a chain here goes on with the request that it began with, and when that one has
// ended it runs no handler, writes nothing and returns the error of the context. A handler that is running already has no such
// protection, nor has what Timeout itself writes into the context.
package echosec
