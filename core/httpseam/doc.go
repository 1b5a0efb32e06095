// Package httpseam has what adapters for web frameworks on net/http share. It is for authors of adapters; a service does not need
// it. A router whose handlers are [net/http.Handler] values, such as chi or gorilla/mux, needs no adapter of its own: use package
// nethttp.
//
// An adapter uses this package in three places:
//
//   - It implements [Context], two methods that say where its framework keeps the request and the response writer.
//   - It calls [Guard] in front of each guarded handler. A request that does not pass has been answered.
//   - It passes the other requests on with [Serve] if the framework keeps the request in a context of its own, or with
//     [ServeWithContext] if handlers get the request as an argument.
//
// If the handlers of the framework return an error, [Handle] does the work of Guard and Serve. It also keeps requests apart where
// a framework gives up a request while the chain runs.
//
// The example is a complete adapter. If one rule is different for a framework, the adapter embeds an [Exchange], overrides the
// method for that rule, and calls [core.SecurityChain.Guard] with it in place of Guard. That is necessary for a router that
// dispatches on another path than [core.RoutePath] returns.
//
// An adapter decides nothing: no status, no header, no path. The conformance suite of this project checks that over sockets.
package httpseam
