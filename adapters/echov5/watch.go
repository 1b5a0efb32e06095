package echosec

import (
	"cmp"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v5"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// Watch returns an audit of the routes of e. Call it before the first route is added: Echo tells the middleware of a route only
// then, so routes that are there already are undecided. Middleware that e.Use and e.Pre add later counts for every route.
//
// Watch sets e.OnAddRoute and keeps the function that is there. If the service sets it afterwards, later routes are undecided.
//
// The audit recognizes what Secured and Public return, and Middleware of a Security, also behind other middleware. A guard inside
// a function of the service is not found. Unknown paths below a group, which Echo answers with 404, are not listed, unless the
// service has a handler of its own for them. If a route was added twice, the audit reports the one that lets more requests pass,
// since the configuration of the router decides which one serves. Do not add routes to e.Router() itself: the audit is not told
// of them, so one that replaces a guarded route is not seen, and the report still has the guarded one.
func Watch(e *echo.Echo) *audit.Audit {
	w := &watcher{e: e, added: map[place][]guards{}}
	before := e.OnAddRoute
	e.OnAddRoute = func(r echo.Route) error {
		if before != nil {
			if err := before(r); err != nil {
				return err
			}
		}
		w.add(r)
		return nil
	}
	return audit.New(w.routes)
}

type watcher struct {
	e     *echo.Echo
	mu    sync.Mutex
	added map[place][]guards // each time that a route was added, or was to be added
}

type place struct{ method, path string }

// guards has the chains of a route. notFound marks the routes by which Echo runs the middleware of a group on unknown paths.
type guards struct {
	chains   []*core.SecurityChain
	notFound bool
}

func (w *watcher) add(r echo.Route) {
	found := guards{chains: slices.Concat(ofMiddleware(r.Middlewares), ofHandler(r.Handler))}
	found.notFound = r.Method == echo.RouteNotFound && r.Handler == nil
	w.mu.Lock()
	defer w.mu.Unlock()
	at := placeOf(r.Method, r.Path)
	w.added[at] = append(w.added[at], found)
}

// placeOf returns the key of a route. The router puts a slash in front of a path without one.
func placeOf(method, path string) place { return place{method, "/" + strings.TrimPrefix(path, "/")} }

// routes returns the routes that Echo has now. A route that Echo lists and did not tell of has no chains of its own.
func (w *watcher) routes() (routes []audit.Route) {
	w.mu.Lock()
	defer w.mu.Unlock()
	listed := w.e.Router().Routes()
	var shapes []string
	for _, r := range listed {
		shapes = append(shapes, shape(placeOf(r.Method, r.Path).path))
	}
	for _, r := range listed {
		at := placeOf(r.Method, r.Path)
		found, told := w.added[at]
		if !told {
			found = []guards{{}}
		}
		var each []audit.Route
		for _, g := range found {
			if !g.notFound {
				each = append(each, w.route(at, g, neutral(at.path, shapes), told))
			}
		}
		if len(each) > 0 {
			weakest := func(a, b audit.Route) int { return cmp.Compare(a.Decision, b.Decision) }
			routes = append(routes, slices.MinFunc(each, weakest))
		}
	}
	return routes
}

// route returns a route with the middleware of the server.
func (w *watcher) route(at place, g guards, path string, told bool) audit.Route {
	method := at.method
	if method == echo.RouteNotFound || method == echo.RouteAny {
		method = "" // any method that no other route has
	}
	all := slices.Concat(ofMiddleware(w.e.PreMiddlewares()), ofMiddleware(w.e.Middlewares()), g.chains)
	r := audit.NewRoute("", method, path, all...)
	r.Path = at.path
	if !told && r.Decision == audit.Undecided {
		r.Remedy = notTold
	}
	return r
}

// probe is what a guard fills in with its chain and its handler if it is called with probe.context, which serves no request.
var probe struct {
	sync.Mutex
	context echo.Context
	chain   *core.SecurityChain
	next    echo.HandlerFunc
}

// ofMiddleware returns the chains of the guards in a list of middleware. Each element gets nothing but the next one. So an
// element that is not a guard may answer a request itself, but it cannot lead the request past a guard behind it.
func ofMiddleware(list []echo.MiddlewareFunc) (chains []*core.SecurityChain) {
	for _, m := range list {
		if slices.Contains(middlewareCodes(), codeOf(m)) {
			chains = append(chains, ofHandler(m(func(*echo.Context) error { return nil }))...)
		}
	}
	return chains
}

// ofHandler returns the chains of the guards around a handler, as far as the outermost function that is not a guard. It calls
// guards, and never a handler of the service.
func ofHandler(h echo.HandlerFunc) (chains []*core.SecurityChain) {
	for codeOf(h) == guardCode() {
		chain, next := ask(h)
		chains, h = append(chains, chain), next
	}
	return chains
}

// ask returns the chain and the handler of a guard.
func ask(guard echo.HandlerFunc) (chain *core.SecurityChain, next echo.HandlerFunc) {
	probe.Lock()
	defer probe.Unlock()
	_ = guard(&probe.context) // it cannot fail
	chain, next = probe.chain, probe.next
	probe.chain, probe.next = nil, nil
	return chain, next
}

// codeOf returns the address of the code of a function. All functions that one function literal makes have the same.
func codeOf(f any) uintptr {
	if v := reflect.ValueOf(f); !v.IsNil() {
		return v.Pointer()
	}
	return 0
}

var (
	guardCode = sync.OnceValue(func() uintptr { return codeOf(guard(nil, nil)) })
	// Secured and Public have the type of middleware, too.
	middlewareCodes = sync.OnceValue(func() []uintptr {
		s := (*Security)(nil)
		return []uintptr{codeOf(s.Middleware), codeOf(s.Secured), codeOf(s.Public)}
	})
)

// parameters matches the parameters of a path. A colon behind a backslash is literal.
var parameters = regexp.MustCompile(`(^|[^\\]):[^/\\]*`)

// shape returns a path without the names of its parameters, which make no difference to the router.
func shape(path string) string { return parameters.ReplaceAllString(path, "$1:") }

// neutral returns a path as audit.NewRoute takes it. Echo gives a parameter at the end of a path the whole rest of a request's
// path, slashes included, unless another path continues behind it. shapes are those of all paths.
func neutral(path string, shapes []string) string {
	s := shape(path)
	if !strings.HasSuffix(s, ":") || strings.HasSuffix(s, `\:`) || slices.ContainsFunc(shapes, func(other string) bool {
		return strings.HasPrefix(other, s+"/")
	}) {
		return path
	}
	at := parameters.FindAllStringSubmatchIndex(path, -1)
	return path[:at[len(at)-1][3]] + "{rest+}"
}

// notTold is the remedy for a route that Echo lists and the audit was not told of.
const notTold = "what guards the route is not known, since it was added before Watch, or after e.OnAddRoute " +
	"was set anew: call Watch before the first route is added, and set e.OnAddRoute before Watch"
