package echosec

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// Watch returns an audit of the routes of e. Call it before the first route is added: Echo tells the middleware of a route only
// then, so routes that are there already are undecided. Middleware that e.Use and e.Pre add later counts for every route.
//
// Watch sets e.OnAddRouteHandler and keeps the function that is there. If the service sets it afterwards, later routes are
// undecided.
//
// The audit recognizes what Secured and Public return, and Middleware of a Security, also behind other middleware. A guard inside
// a function of the service is not found. Unknown paths below a group, which Echo answers with 404, are not listed, unless the
// service has a handler of its own for them. Neither is a route that was added to e.Router itself, which Echo does not list: do
// not add routes there, since such a route may also replace a guarded one, and the report still has the guarded one.
func Watch(e *echo.Echo) *audit.Audit {
	w := &watcher{e: e, added: map[place]functions{}}
	before := e.OnAddRouteHandler
	e.OnAddRouteHandler = func(host string, r echo.Route, h echo.HandlerFunc, m []echo.MiddlewareFunc) {
		if before != nil {
			before(host, r, h, m)
		}
		w.add(host, r, h, m)
	}
	return audit.New(w.routes)
}

type watcher struct {
	e     *echo.Echo
	mu    sync.Mutex
	added map[place]functions
}

type place struct{ host, method, path string }

// functions has what a request to a route runs. The list of middleware is the one that Echo keeps: Echo reads it on each request,
// so an element that the service overwrites later counts, as it does with append to a list that other routes share.
type functions struct {
	handler    echo.HandlerFunc
	middleware []echo.MiddlewareFunc
}

func (f functions) chains() []*core.SecurityChain {
	return slices.Concat(ofMiddleware(f.middleware), ofHandler(f.handler))
}

// notFoundCode is that of the handler by which Echo runs the middleware of a group on unknown paths. A service may set another
// handler in echo.NotFoundHandler later, and that one is a handler of the service.
var notFoundCode = codeOf(echo.NotFoundHandler)

func (w *watcher) add(host string, r echo.Route, h echo.HandlerFunc, m []echo.MiddlewareFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.added[place{host, r.Method, r.Path}] = functions{h, m}
}

// routes returns the routes that Echo has now, of all its routers.
func (w *watcher) routes() (routes []audit.Route) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Concat(ofMiddleware(middlewareOf(w.e, "premiddleware")), ofMiddleware(middlewareOf(w.e, "middleware")))
	routes = w.listed("", w.e.Routes(), all)
	for host, router := range w.e.Routers() {
		routes = append(routes, w.listed(host, router.Routes(), all)...)
	}
	return routes
}

// listed returns the routes of one router. A route that Echo lists and did not tell of has no chains of its own.
func (w *watcher) listed(host string, added []*echo.Route, all []*core.SecurityChain) (routes []audit.Route) {
	var shapes []string
	for _, r := range added {
		shapes = append(shapes, shape(r.Path))
	}
	for _, r := range added {
		found, told := w.added[place{host, r.Method, r.Path}]
		if r.Method == echo.RouteNotFound && codeOf(found.handler) == notFoundCode {
			continue
		}
		method := r.Method
		if method == echo.RouteNotFound {
			method = "" // any method that no other route has
		}
		route := audit.NewRoute(host, method, neutral(r.Path, shapes), slices.Concat(all, found.chains())...)
		route.Path = r.Path
		if !told && route.Decision == audit.Undecided {
			route.Remedy = notTold
		}
		routes = append(routes, route)
	}
	return routes
}

// middlewareOf returns a list of middleware that Echo does not export. If a version of Echo keeps it elsewhere, there is none,
// and the routes that only such middleware guards are undecided.
func middlewareOf(e *echo.Echo, field string) []echo.MiddlewareFunc {
	v := reflect.ValueOf(e).Elem().FieldByName(field)
	if !v.IsValid() || v.Type() != reflect.TypeFor[[]echo.MiddlewareFunc]() {
		return nil
	}
	return *reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Interface().(*[]echo.MiddlewareFunc)
}

// probe is a context that a guard answers with its chain and its handler, instead of serving a request.
type probe struct {
	echo.Context
	chain *core.SecurityChain
	next  echo.HandlerFunc
}

// ofMiddleware returns the chains of the guards in a list of middleware. Each element gets nothing but the next one. So an
// element that is not a guard may answer a request itself, but it cannot lead the request past a guard behind it.
func ofMiddleware(list []echo.MiddlewareFunc) (chains []*core.SecurityChain) {
	for _, m := range list {
		if slices.Contains(middlewareCodes(), codeOf(m)) {
			chains = append(chains, ofHandler(m(echo.NotFoundHandler))...)
		}
	}
	return chains
}

// ofHandler returns the chains of the guards around a handler, as far as the outermost function that is not a guard. It calls
// guards, and never a handler of the service.
func ofHandler(h echo.HandlerFunc) (chains []*core.SecurityChain) {
	for codeOf(h) == guardCode() {
		var p probe
		if h(&p) != nil || p.chain == nil {
			return chains
		}
		chains, h = append(chains, p.chain), p.next
	}
	return chains
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
const notTold = "what guards the route is not known, since it was added before Watch, or after e.OnAddRouteHandler " +
	"was set anew: call Watch before the first route is added, and set e.OnAddRouteHandler before Watch"
