package nethttp

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// Watch returns an audit of the routes of h: a [Mux], or one behind the Middleware of a Security. It goes into a Mux that is a
// handler of another one, too, and lists the patterns of the inner one. Routes may be added before or after.
//
// The audit recognizes what Secured, Public and Middleware of a Security return. It cannot look into any other handler, such as
// one of [net/http.StripPrefix], a [net/http.ServeMux], or CORS middleware around a Mux: that is one route, with the guards
// around it. So call Watch for the handler inside, such as Watch(sec.Middleware(mux)), and put CORS around it afterwards.
func Watch(h http.Handler) *audit.Audit {
	return audit.New(func() []audit.Route { return routesOf(h, "/", nil, nil) })
}

// routesOf returns the routes of a handler that serves a pattern behind the chains, in the muxes of within. A Mux inside itself
// has the same routes again, behind more chains, so they are left out.
func routesOf(h http.Handler, pattern string, outer []*core.SecurityChain, within []*Mux) (routes []audit.Route) {
	inner, chains := unguard(h)
	chains = slices.Concat(outer, chains)
	mux, ok := inner.(*Mux)
	if !ok || mux == nil {
		host, method, path := parse(pattern)
		r := audit.NewRoute(host, method, path, chains...)
		if _, ok := inner.(*http.ServeMux); ok && r.Decision == audit.Undecided {
			r.Remedy = "the audit cannot list the routes of a http.ServeMux: use a nethttp.Mux in its place, or put Middleware " +
				"around it"
		}
		return []audit.Route{r}
	}
	if slices.Contains(within, mux) {
		return nil
	}
	for _, r := range mux.list() {
		routes = append(routes, routesOf(r.handler, r.pattern, chains, append(slices.Clip(within), mux))...)
	}
	return routes
}

// parse returns the parts of a pattern of a ServeMux. A path that ends with a slash stands for all paths that begin with it.
func parse(pattern string) (host, method, path string) {
	if i := strings.IndexAny(pattern, " \t"); i >= 0 {
		method, pattern = pattern[:i], strings.TrimLeft(pattern[i:], " \t")
	}
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		host, pattern = pattern[:i], pattern[i:]
	}
	if strings.HasSuffix(pattern, "/") {
		return host, method, pattern + "{...}"
	}
	return host, method, strings.TrimSuffix(pattern, "{$}")
}

// unguard returns the handler behind the guards of h, and their chains.
func unguard(h http.Handler) (inner http.Handler, chains []*core.SecurityChain) {
	for {
		g := guardOf(h)
		if g == nil {
			return h, chains
		}
		chains, h = append(chains, g.chain), g.next
	}
}

// guardOf returns the guard that h is, or whose method it is, or nil. It calls no other handler.
func guardOf(h http.Handler) *guard {
	if g, ok := h.(*guard); ok {
		return g
	}
	f, ok := h.(http.HandlerFunc)
	if !ok || reflect.ValueOf(f).Pointer() != guardCode() {
		return nil
	}
	probe.Lock()
	defer probe.Unlock()
	f(nil, &probe.request)
	g := probe.guard
	probe.guard = nil
	return g
}

// guardCode returns the address of the code of every function that [Security.Secured] returns.
var guardCode = sync.OnceValue(func() uintptr { return reflect.ValueOf((*guard)(nil).ServeHTTP).Pointer() })

// probe is what a guard fills in with itself if it is called with probe.request, which is the request of nobody.
var probe struct {
	sync.Mutex
	request http.Request
	guard   *guard
}
