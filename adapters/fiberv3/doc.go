// Package fibersec puts a security chain in front of Fiber v3 handlers.
//
//	sec := fibersec.New(chain)
//	app.Get("/hello", sec.Secured(hello))
//	app.Get("/healthcheck", sec.Public(health))
//	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package only binds a chain to Fiber. Package core decides what is refused and with which answer, so the answer is the same
// on every framework. Its names are those of the package for Fiber v2: to move from v2, change the import path, and read the
// identity from c.Context() in place of c.UserContext().
//
// The package works with Fiber 3.1.0 or later. It is tested with 3.1.0 and 3.5.0. Its module requires 3.1.0, so that a build can
// have services of Fiber v2, too. A service without Fiber v2 should require the newest Fiber: 3.1.0 lacks security fixes in other
// parts of Fiber.
//
// Call [Prepare] before the app listens. It makes the server accept long tokens, and keeps the token of a request that cannot be
// parsed out of the answer. Fiber v3 runs the handlers of Use on such a request, too. After Prepare a guard lets none of them run
// behind it, makes no decision and tells no observer. Prepare also keeps Fiber from running a route such as "/*" for the target
// "//" without the chain that app.Use has in front of it:
//
//	app := fiber.New()
//	err := fibersec.Prepare(app)
//
// [Serve] calls Prepare, and serves the app for package service.
//
// With StrictRouting, write the path of a group without a slash at its end. The chain of app.Group("/admin/", sec.Middleware)
// does not run for the path /admin, but a route "/*" or "/:page?" of that group does.
//
// [HTTPHandler] mounts a handler of net/http, with the identity in the context of its request. A handler of net/http or of
// fasthttp that is given to app.Get, or to adaptor.HTTPHandler, is guarded like any other, but finds no identity.
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
// With SkipUnmatchedRoutes, an option since Fiber 3.5, Fiber answers 404 and 405 in front of every chain, so a client without a
// token can find out which routes there are. It answers in front of CORS, too, so no page can read these answers. Preflights
// still reach CORS.
//
// When timeout.New gives up a request, Fiber keeps the context apart until its handler has ended. Before 3.4 it is never used
// again. A chain of this package, or an [HTTPHandler], that ends later runs no handler, writes nothing, and returns an error. A
// handler that is already running keeps the identity of its request, also with timeout.New behind the guard; middleware in front
// finds it there, too. Before 3.4, the answer of timeout.New has what the handler has written so far, and Fiber uses the response
// while the handler may still write to it.
//
// With other middleware that returns while the handler behind it still runs, which Fiber does not support, the context may serve
// the next request meanwhile. A chain that ends late does as above, but a handler that is already running has no such protection.
// A provider has none either: it may read fields of the next request, but its verdict is discarded.
//
// The identity is in c.Context() while the guarded handler runs, and nowhere else: c is a context.Context itself, and so is
// c.RequestCtx(), but [core.AuthFrom] finds nothing in either. Code that outlives the handler must keep c.Context(), and neither
// c nor c.RequestCtx(), which serve the next request then. fasthttp reuses its buffers, too: a handler must copy what it keeps of
// a request. The identity is a copy already. The context of a request is not cancelled when its client goes away, because
// fasthttp does not notice that.
package fibersec
