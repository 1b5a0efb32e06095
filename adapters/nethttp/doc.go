// Package nethttp puts a security chain in front of net/http handlers.
//
//	sec := nethttp.New(chain)
//	mux.HandleFunc("GET /hello", sec.Secured(hello))
//	mux.HandleFunc("GET /healthcheck", sec.Public(health))
//	http.ListenAndServe(addr, mux)
//
// To guard a whole application instead of single routes, use sec.Middleware(mux) and name the open paths with
// [core.PublicRoutes].
//
// The package only binds a chain to net/http. Package core decides what is refused and with which answer, so the answer is the
// same on every framework.
//
// The response writer is passed on unchanged, so flushing, hijacking and [net/http.ResponseController] keep working.
// A handler below [net/http.StripPrefix] sees the shortened path, and so do the patterns of public routes. Put the chain
// outside of it.
//
// Put CORS middleware around all else: cors(sec.Middleware(mux)), or cors(mux) if the chain guards single routes. A preflight
// has no token, so a chain in front of CORS refuses it with 401, and the browser does not send the request. CORS around the
// handler of a single route does not see the preflight, which the mux answers with 405. Opening OPTIONS with [core.PublicRoutes]
// does not help: refusals behind it have no CORS headers, so no page can read them.
//
// CORS must allow the header Authorization by name, and expose WWW-Authenticate and Retry-After, which a page cannot read
// otherwise. If tokens come in cookies, list the origins: middleware that allows credentials to every origin that asks opens
// what the user may read to pages of any origin.
//
// Put a method override in front of the router, so that the chain and the router see the same method. An override around the
// handler of a single route changes the method after the route was chosen: a public rule for one method would open the handler
// of another.
//
// [net/http.TimeoutHandler] may stand in front of a chain or behind it, since net/http never uses a request or its response
// writer for another request.
package nethttp
