package ginsec

import (
	"reflect"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// Watch returns an audit of the routes of e, whether they are added before or after. As Gin does, it gives a route the middleware
// that its group had when the route was added.
//
// The audit recognizes what Secured and Public return, and Middleware of a Security, also behind other middleware. A guard inside
// a function of the service is not found. Middleware guards nothing if it is the last handler of a route, since the handlers
// before it run without it. Public opens its own handler, and not those behind it. Handlers of e.NoRoute and e.NoMethod are
// listed as routes for "/*path".
//
// Gin does not tell middleware from a handler, and a handler in front of a guard answers without it. What e.Use has added counts
// as middleware. Any other function of the service in front of the guard makes a route undecided: put the guard first, or wrap
// the function in Public if it has to stand there, as CORS middleware of a group does.
func Watch(e *gin.Engine) *audit.Audit {
	return audit.New(func() []audit.Route { return routes(e) })
}

type place struct{ method, path string }

func routes(e *gin.Engine) (all []audit.Route) {
	handlers := map[place]gin.HandlersChain{}
	trees := reflect.ValueOf(e).Elem().FieldByName("trees")
	if trees.Kind() == reflect.Slice {
		for i := range trees.Len() {
			collect(handlers, trees.Index(i).FieldByName("method"), trees.Index(i).FieldByName("root"), "")
		}
	}
	for _, r := range e.Routes() {
		chain, ok := handlers[place{r.Method, r.Path}]
		if !ok { // Gin keeps them elsewhere: the last one is known
			chain = gin.HandlersChain{r.HandlerFunc}
		}
		all = append(all, route(e, r.Method, r.Path, chain))
	}
	v := reflect.ValueOf(e).Elem()
	for _, name := range []string{"Route", "Method"} {
		if own, ok := chainOf(v.FieldByName("no" + name)); ok && len(own) == 0 {
			continue
		}
		chain, _ := chainOf(v.FieldByName("allNo" + name)) // with the middleware of the engine
		r := route(e, "", "/*path", chain)
		if r.Decision == audit.Undecided {
			r.Remedy += "; these handlers are those of e.No" + name
		}
		all = append(all, r)
	}
	return all
}

// route returns a route with its handlers.
func route(e *gin.Engine, method, path string, handlers gin.HandlersChain) audit.Route {
	r := audit.NewRoute("", method, path, guards(handlers)...)
	switch {
	case r.Decision == audit.Undecided && len(handlers) > 0 && codeOf(handlers.Last()) == middlewareCode():
		r.Remedy = "Middleware guards the handlers behind it, and is the last one: put it in front of the handler"
	case r.Decision > audit.Public && foreignInFront(e, r, handlers):
		r.Decision = audit.Undecided
		r.Remedy = "a function of the service stands in front of the guard, and may answer without it: put the guard first, " +
			"wrap the function in Public, or add it with Use to the engine"
	}
	return r
}

// foreignInFront reports whether a function other than a guard, which e.Use has not added, runs before the guard from which
// the decision on the route follows.
func foreignInFront(e *gin.Engine, r audit.Route, handlers gin.HandlersChain) bool {
	for i, h := range handlers {
		switch code := codeOf(h); {
		case code == middlewareCode() || code == guardCode():
			if audit.NewRoute("", r.Method, r.Path, guards(gin.HandlersChain{h, (*gin.Context).Next})...).Decision >= r.Decision {
				return false
			}
		case i >= len(e.Handlers) || code != codeOf(e.Handlers[i]):
			return true
		}
	}
	return false
}

// collect adds the handlers of a node of Gin's tree, and of the nodes below, by the paths of their routes. Gin does not export
// them. If a version of Gin keeps them elsewhere, collect adds none, and only the last handler of a route can be a guard.
func collect(handlers map[place]gin.HandlersChain, method, node reflect.Value, path string) {
	if method.Kind() != reflect.String || node.Kind() != reflect.Pointer || node.IsNil() || node.Elem().Kind() != reflect.Struct {
		return
	}
	node = node.Elem()
	part, children := node.FieldByName("path"), node.FieldByName("children")
	if part.Kind() != reflect.String || children.Kind() != reflect.Slice {
		return
	}
	path += part.String()
	if chain, ok := chainOf(node.FieldByName("handlers")); ok && len(chain) > 0 {
		handlers[place{method.String(), path}] = chain
	}
	for i := range children.Len() {
		collect(handlers, method, children.Index(i), path)
	}
}

// chainOf returns the handlers in a field that Gin does not export.
func chainOf(field reflect.Value) (gin.HandlersChain, bool) {
	if !field.IsValid() || field.Type() != reflect.TypeFor[gin.HandlersChain]() {
		return nil, false
	}
	return *reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Interface().(*gin.HandlersChain), true
}

// guards returns the chains of the guards among the handlers of a route, in the order in which they run. Public opens its own
// handler on purpose, and not those behind it.
func guards(handlers gin.HandlersChain) (chains []*core.SecurityChain) {
	for i, h := range handlers {
		last := i == len(handlers)-1
		for h != nil && (codeOf(h) == guardCode() || codeOf(h) == middlewareCode()) {
			chain, next := ask(h)
			middleware := codeOf(next) == nextCode()
			if middleware && !last || !middleware && (last || !isPublic(chain)) {
				chains = append(chains, chain)
			}
			if middleware {
				break
			}
			h = next
		}
	}
	return chains
}

// isPublic reports whether Public has made the chain.
func isPublic(chain *core.SecurityChain) bool {
	r := audit.NewRoute("", "", "/", chain)
	return len(r.Guards) == 1 && r.Guards[0].Public
}

// probe is what a guard fills in with its chain and its handler if it is called with probe.context, which serves no request.
var probe struct {
	sync.Mutex
	context gin.Context
	chain   *core.SecurityChain
	next    gin.HandlerFunc
}

// ask returns the chain and the handler of a guard.
func ask(guard gin.HandlerFunc) (chain *core.SecurityChain, next gin.HandlerFunc) {
	probe.Lock()
	defer probe.Unlock()
	guard(&probe.context)
	chain, next = probe.chain, probe.next
	probe.chain, probe.next = nil, nil
	return chain, next
}

// codeOf returns the address of the code of a function. All functions that one function literal makes have the same.
func codeOf(h gin.HandlerFunc) uintptr { return reflect.ValueOf(h).Pointer() }

var (
	guardCode      = sync.OnceValue(func() uintptr { return codeOf(guarded(nil, nil)) })
	middlewareCode = sync.OnceValue(func() uintptr { return codeOf((*Security)(nil).Middleware) })
	nextCode       = sync.OnceValue(func() uintptr { return codeOf((*gin.Context).Next) })
)
