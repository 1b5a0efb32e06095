// Package ginsec puts a security chain in front of Gin handlers.
//
//	sec := ginsec.New(chain)
//	router.GET("/hello", sec.Secured(hello))
//	router.GET("/healthcheck", sec.Public(health))
//	admin := router.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
//
// The package only binds a chain to Gin. Package core decides what is refused and with which answer, so the answer is the same
// on every framework.
//
// Add Middleware before the routes that it is for. Gin gives a route the handlers that its group has when the route is added:
// a later Use does not guard it. On the engine, Middleware also runs for requests without a route. It does not run for the
// redirects of RedirectTrailingSlash and RedirectFixedPath, which Gin sends before any handler. They tell a client which paths
// exist, so turn both off if that is a secret.
//
// A handler finds the identity with [Auth], or with [core.AuthFrom] in c.Request.Context(). core.AuthFrom(c) finds it only if
// the engine has ContextWithFallback. A goroutine that outlives the handler must keep c.Copy(), c.Request.Context() or the
// identity, since Gin uses c for the next request.
//
// Put CORS middleware in front of the chain and of all routes: router.Use(cors.New(config), sec.Middleware), or only
// router.Use(cors.New(config)) if the chain guards single routes or groups. A preflight has no token, so a chain in front of CORS
// refuses it with 401, and the browser does not send the request. CORS on a group or a route does not see the preflight, which
// Gin answers with 404, or with 405 if HandleMethodNotAllowed is set. CORS does not apply to routes that were added before it.
// Opening OPTIONS with [core.PublicRoutes] does not help: refusals behind it have no CORS headers, so no page can read them.
//
// CORS must expose WWW-Authenticate and Retry-After, which a page cannot read otherwise. With github.com/gin-contrib/cors, list
// Authorization in AllowHeaders, whose default does not have it. That package answers 403 to every origin that is not allowed,
// before the chain. If tokens come in cookies, list the origins: an AllowOriginFunc that allows every origin, together with
// AllowCredentials, opens what the user may read to pages of any origin.
//
// gin.Recovery writes the headers of a request to the log when the connection breaks or a handler aborts it, and in debug mode
// after every panic. It hides Authorization only, so a token in a cookie is in the log. Use gin.RecoveryWithWriter(nil) if the
// chain accepts cookies.
//
// Put a method override in front of Gin's router, around the engine. An override in Use changes the method after the handler
// was chosen: a public rule for one method would open the handler of another.
//
// To limit the time of a request, put [net/http.TimeoutHandler] around the engine, or middleware that sets a request whose
// context has a deadline. When the context of a request ends before the chain has decided, the answer is 503 with an empty body.
// That is so, too, if the client has closed its side of the connection. Do not use github.com/gin-contrib/timeout, nor other
// middleware that returns while the handler behind it still runs, which Gin does not support: it uses the context for the next
// request then, and whatever the handler does with the context happens to that request. Gin's loop over the handlers counts in
// the context, too. When the handler returns, the loop may call the next handler of the other request, whose chain has not
// decided yet: with version 1.1.0, the handler of a request that the chain refused did run, without an identity. No middleware
// can prevent that.
//
// A chain of this package that runs when its request is given up keeps reading that request. When the chain ends, no handler
// runs, nothing is written, and the context is aborted with status 503, even if it serves another request: that request is
// answered without its handler rather than served without its chain.
package ginsec
