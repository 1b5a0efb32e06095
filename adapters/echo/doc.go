// Package echosec puts a security chain in front of Echo v4 handlers.
//
//	sec := echosec.New(chain)
//	e.GET("/hello", sec.Secured(hello))
//	e.GET("/healthcheck", sec.Public(health))
//	admin := e.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package only binds a chain to Echo. Package core decides what is refused and with which answer, so the answer is the same
// on every framework.
//
// Put CORS middleware in front of the chain: e.Use(cors, sec.Middleware), or e.Use(cors) if the chain guards single routes or
// groups. A preflight has no token, so a chain in front of CORS refuses it with 401, and the browser does not send the request.
// CORS on a single route does not see the preflight, which Echo answers itself. Opening OPTIONS with [core.PublicRoutes] does
// not help: refusals behind it have no CORS headers, so no page can read them. Echo's CORS middleware answers every OPTIONS
// request, so a route for OPTIONS behind it is never reached.
//
// CORS must expose WWW-Authenticate and Retry-After, which a page cannot read otherwise. If tokens come in cookies, list the
// origins: an AllowOriginFunc that allows every origin, together with AllowCredentials, opens what the user may read to pages of
// any origin.
//
// Put a method override in front of the router (e.Pre). An override in e.Use changes the method after the handler was chosen,
// and Echo does not tell which method it was chosen by: a public rule for one method would open the handler of another.
//
// To limit the time of a request, use Echo's ContextTimeout. Do not use Timeout, which Echo has deprecated, nor other middleware
// that returns while the handler behind it still runs, which Echo does not support: it uses the context for the next request
// then, and whatever the handler does with the context happens to that request. A chain of this package that runs at that time
// keeps reading the request that it began with. When the chain ends, no handler runs, nothing is written, and the middleware
// returns the error of the request's context. A handler that is already running has no such protection, and neither has what
// Timeout itself writes into the context.
//
// The context of a request also ends when its client closes its side of the connection, even if the client still reads. If that
// happens before the chain has decided, Echo's error handler answers.
package echosec
