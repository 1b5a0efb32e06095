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
// outside. A method override belongs outside of the chain, so that both the chain and the router see the method it chose.
package nethttp
