// Package echosec puts a security chain in front of Echo v5 handlers.
//
//	sec := echosec.New(chain)
//	e.GET("/hello", sec.Secured(hello))
//	e.GET("/healthcheck", sec.Public(health))
//	admin := e.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package only binds a chain to Echo. Package core decides what is refused and with which answer, so the answer is the same
// on every framework. The exported names are those of the adapter for Echo v4.
//
// Put CORS middleware in front of the chain: e.Use(cors, sec.Middleware), or e.Use(cors) if the chain guards single routes or
// groups. e.Pre(cors) is in front of all of them. A preflight has no token, so a chain in front of CORS refuses it with 401, and
// the browser does not send the request. CORS on a single route does not see the preflight, which Echo answers itself. CORS on a
// group sees it, but not with NoGroupAutoRegister404Routes. Opening OPTIONS with [core.PublicRoutes] does not help: refusals
// behind it have no CORS headers, so no page can read them. Unlike the middleware of Echo v4, that of Echo v5 answers only
// preflights: other OPTIONS requests reach the chain.
//
// CORS must expose WWW-Authenticate and Retry-After, which a page cannot read otherwise. Echo's CORS middleware panics at start
// without origins, and with AllowCredentials for the origin *. If tokens come in cookies, list the origins: an
// UnsafeAllowOriginFunc that allows every origin, together with AllowCredentials, opens what the user may read to pages of any
// origin.
//
// Put a method override or a rewrite in front of the router (e.Pre). In e.Use it changes the request after the handler was
// chosen, and Echo does not tell which method and path it was chosen by: a public rule for one method or path would open the
// handler of another.
//
// A group guards the routes that are added after its Use, and unknown paths below its prefix. With NoGroupAutoRegister404Routes,
// Echo answers unknown paths and methods itself, without the middleware of the group. A chain in e.Use guards every route and
// every answer of the router: an unknown path is answered with 401 if the request has no credential.
//
// To limit the time of a request, use Echo's ContextTimeout. In front of the chain it also limits the chain: when the time is
// over before the chain has decided, Echo's error handler answers with 503. Do not use middleware that returns while the handler
// behind it still runs, such as [net/http.TimeoutHandler] in [echo.WrapMiddleware]. Echo does not support it: it uses the context
// for the next request then, and whatever the handler does with the context happens to that request. A chain of this package that
// runs at that time keeps reading the request that it began with. When the chain ends, no handler runs, nothing is written, and
// the middleware returns the error of the request's context. A handler that is already running has no such protection. A
// TimeoutHandler around the whole Echo is safe: each request then keeps its context of Echo until its handler returns.
//
// The context of a request also ends when its client closes its side of the connection, even if the client still reads. If that
// happens before the chain has decided, Echo's error handler answers.
//
// A response writer that middleware sets with SetResponse needs a method Unwrap, as Echo itself demands. Without it, the package
// cannot see whether the response was begun before the chain ran. It then sends the refusal through that writer, as it does on
// net/http.
package echosec
