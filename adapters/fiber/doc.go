// Package fibersec puts a security chain in front of Fiber v2 handlers.
//
//	sec := fibersec.New(chain)
//	app.Get("/hello", sec.Secured(hello))
//	app.Get("/healthcheck", sec.Public(health))
//	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package only binds a chain to Fiber. Package core decides what is refused and with which answer, so the answer is the same
// on every framework.
//
// Call [Prepare] before the app listens. It makes the server accept long tokens, and keeps the token of a request that cannot be
// parsed out of the answer:
//
//	app := fiber.New()
//	err := fibersec.Prepare(app)
//
// [Serve] calls Prepare, and serves the app for package service.
//
// [HTTPHandler] mounts a handler of net/http, with the identity in the context of its request.
//
// With StrictRouting, write the path of a group without a slash at its end. The chain of app.Group("/admin/", sec.Middleware)
// does not run for the path /admin, but a route "/*" or "/:page?" of that group does.
//
// Put CORS middleware in front of the chain and of all routes: app.Use(cors.New(config), sec.Middleware), or only
// app.Use(cors.New(config)) if the chain guards single routes or groups. A preflight has no token, so a chain in front of CORS
// refuses it with 401, and the browser does not send the request. CORS on a single route does not see the preflight, which Fiber
// answers with 405, and CORS does not apply to routes that were added before it. Opening OPTIONS with [core.PublicRoutes] does
// not help: refusals behind it have no CORS headers, so no page can read them.
//
// CORS must expose WWW-Authenticate and Retry-After, which a page cannot read otherwise. If tokens come in cookies, list the
// origins: an AllowOriginsFunc that allows every origin, together with AllowCredentials, opens what the user may read to pages
// of any origin.
//
// Put a method override in a Use in front of all routes and set the method with c.Method(override): Fiber's router goes by that
// method from there on. An override among the handlers of a route changes the method after the route was chosen: a public rule
// for one method would open the handler of another. Put a rewrite with c.Path(path) in front of the chain, too. Behind it, a
// public rule for one path would open the handler of another.
//
// Do not put adaptor.HTTPMiddleware of Fiber in front of a chain. It doubles the cookies, so a token in a cookie comes twice and
// is refused with 400. Use middleware of Fiber in front of the chain, and middleware of net/http behind it, with [HTTPHandler].
//
// To limit the time of a request, use timeout.NewWithContext. Do not use timeout.New, which Fiber has deprecated, nor other
// middleware that returns while the handler behind it still runs, which Fiber does not support: it uses the context for the next
// request then, and whatever the handler does with the context happens to that request. When a chain of this package, or an
// [HTTPHandler], ends after its request was given up, no handler runs, nothing is written, and an error is returned. A handler
// that is already running has no such protection. A provider has none either: it may read fields of the next request, but its
// verdict is discarded.
//
// The identity is in c.UserContext() while the guarded handler runs, and nowhere else. Code that outlives the handler must keep
// that context, and neither c nor c.Context(), which serve the next request then. fasthttp reuses its buffers, too: a handler
// must copy what it keeps of a request. The identity is a copy already. The context of a request is not cancelled when its client
// goes away, because fasthttp does not notice that.
package fibersec
