// Package nethttp puts a security chain in front of net/http handlers.
//
//	sec := nethttp.New(chain)
//	mux.HandleFunc("GET /hello", sec.Secured(hello))
//	mux.HandleFunc("GET /healthcheck", sec.Public(health))
//	http.ListenAndServe(addr, mux)
//
// Or, in place of each route, the whole of it: sec.Middleware(mux), with what is open in [core.PublicRoutes].
//
// The package binds only: what is refused, and how, is decided in package core and the same on every framework.
//
// The response writer is handed on untouched, so flushing, hijacking and [net/http.ResponseController] work as before.
// A handler below [net/http.StripPrefix] sees the shortened path, and so do patterns of public routes: put the chain
// outside.
//
// A method override belongs in front of the router, so that both the chain and the router see the method it chose. One that is
// wrapped around the handler of a single route changes the method when the route is taken already: a public rule for one
// method would open the handler of another.
//
// [net/http.TimeoutHandler] may stand in front of a chain and behind it: a request and its writer serve nobody else.
package nethttp
