// Package fibersec puts a security chain in front of Fiber v2 handlers.
//
//	sec := fibersec.New(chain)
//	app.Get("/hello", sec.Secured(hello))
//	app.Get("/healthcheck", sec.Public(health))
//	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package binds only: what is refused, and how, is decided in package core and the same on every framework.
//
// Give the app room for long tokens, keep the headers of a malformed request out of its answer, and let [Check] say at
// start what is missing:
//
//	app := fiber.New(fiber.Config{ReadBufferSize: fibersec.ReadBufferSize})
//	app.Server().SecureErrorLogMessage = true
//	err := fibersec.Check(app)
//
// fasthttp reuses its buffers: what a handler keeps of a request it must copy. The identity is a copy already. The
// context of a request is not cancelled when its client goes away, because fasthttp does not notice.
package fibersec
