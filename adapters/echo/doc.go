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
// groups. It answers preflights, which have no token, and its headers stay on refusals. A chain in front of CORS refuses the
// preflight. If CORS is on a single route, Echo answers the preflight itself. In both cases the browser never sends a request
// that has a token, and the page learns only that fetch failed. Expose WWW-Authenticate and Retry-After, which a page cannot
// read otherwise. If tokens come in cookies, list the origins: middleware that allows credentials to every origin that asks lets
// every page read what the user may read. Echo's CORS middleware answers all OPTIONS requests, so a route for OPTIONS behind it
// is never reached.
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
package echosec
