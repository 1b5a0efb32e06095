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
// Put CORS middleware around all else: cors(sec.Middleware(mux)), or cors(mux) if the chain guards single routes. A preflight has
// no token, so a chain in front of CORS refuses it. If CORS is around the handler of a route, the mux answers the preflight with
// 405. In both cases the browser never sends a request that has a token, and the page learns only that fetch failed. Allow the
// header Authorization by name. Expose WWW-Authenticate and Retry-After, which a page cannot read otherwise. If tokens come in
// cookies, list the origins: middleware that allows credentials to every origin that asks lets every page read what the user may
// read.
//
// Put a method override in front of the router, so that the chain and the router see the same method. An override around the
// handler of a single route changes the method after the route was chosen: a public rule for one method would open the handler
// of another.
//
// [net/http.TimeoutHandler] may stand in front of a chain or behind it, since net/http never uses a request or its response
// writer for another request.
package nethttp
