// Package echosec puts a security chain in front of Echo v4 handlers.
//
//	sec := echosec.New(chain)
//	e.GET("/hello", sec.Secured(hello))
//	e.GET("/healthcheck", sec.Public(health))
//	admin := e.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package binds only: what is refused, and how, is decided in package core and the same on every framework.
//
// Put CORS middleware before the chain (e.Use): it answers preflights, and its headers stay on refusals.
package echosec
