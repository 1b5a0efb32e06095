// Package httpseam is what adapters for web frameworks on net/http have in common. It is for the author of an adapter; a
// service does not need it. A router whose handlers are [net/http.Handler] values, such as chi or gorilla/mux, needs no
// adapter of its own: package nethttp is for it.
//
// An adapter has three parts that use this package:
//
//   - It says where its framework keeps the request and the response writer: two methods, [Context].
//   - It runs a chain with [Guard] in front of each guarded handler. A request that does not pass has been answered.
//   - It hands a request that passes on with [Serve] if the framework keeps the request in a context of its own, and with
//     [ServeWithContext] if handlers get the request as an argument.
//
// The example is a complete adapter. An adapter that differs in a point from what is here embeds an [Exchange], overrides the
// method for that point and calls [core.SecurityChain.Guard] itself. That is for a router that dispatches on another path than
// [core.RoutePath] finds, for a framework that gives up requests while their handlers run, and for a response writer that must
// be asked before it is written to.
//
// An adapter decides nothing: no status, no header, no path. The conformance suite of this project proves it over sockets.
package httpseam
