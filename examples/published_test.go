package examples_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// anyone is a provider for whom every request has an identity.
type anyone struct{}

func (anyone) Name() string { return "anyone" }
func (anyone) Provide(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
	return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "anyone"}))
}

// drawnRoute is a route of a drawn service. Its handler answers with its key.
type drawnRoute struct {
	method, path string // the path in the notation of Echo
	decided      bool
}

func (r drawnRoute) key() string { return r.method + " " + r.path }

// routePaths have those first that take paths of others: Fiber serves the first one that fits.
var routePaths = []string{"/", "/a", "/ab", "/a/b", "/metrics", "/b/*rest", "/a/:id", "/a/:id/b", "/:x"}

// drawRoutes draws routes for GET and POST. A wildcard has both, since Echo answers 405 for the other methods of one.
func drawRoutes(r *rand.Rand) (routes []drawnRoute) {
	for _, path := range routePaths {
		get, post := r.IntN(3) == 0, r.IntN(3) == 0
		both := get && strings.Contains(path, "*")
		if get {
			routes = append(routes, drawnRoute{"GET", path, r.IntN(3) > 0})
		}
		if both || post && !strings.Contains(path, "*") {
			routes = append(routes, drawnRoute{"POST", path, r.IntN(3) > 0})
		}
	}
	return routes
}

// frameworks has, for each, what makes a service of routes with an audit, and what brings back a path to the notation of Echo.
var frameworks = map[string]func(*core.SecurityChain, []drawnRoute) (http.Handler, *audit.Audit){
	"nethttp": func(chain *core.SecurityChain, routes []drawnRoute) (http.Handler, *audit.Audit) {
		sec, mux := nethttp.New(chain), new(nethttp.Mux)
		for _, r := range routes {
			h := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, r.key()) }
			pattern := r.method + " " + regexp.MustCompile(`:(\w+)`).ReplaceAllString(strings.Replace(r.path, "*rest", "{rest...}", 1), "{$1}")
			if r.path == "/" {
				pattern += "{$}"
			}
			if r.decided {
				mux.Handle(pattern, sec.Secured(h))
			} else {
				mux.HandleFunc(pattern, h)
			}
		}
		return mux, nethttp.Watch(mux)
	},
	"echo": func(chain *core.SecurityChain, routes []drawnRoute) (http.Handler, *audit.Audit) {
		sec, e := echosec.New(chain), echo.New()
		watched := echosec.Watch(e)
		for _, r := range routes {
			h := func(c echo.Context) error { return c.String(200, r.key()) }
			if r.decided {
				h = sec.Secured(h)
			}
			e.Add(r.method, strings.TrimSuffix(r.path, "rest"), h)
		}
		return e, watched
	},
	"fiber": func(chain *core.SecurityChain, routes []drawnRoute) (http.Handler, *audit.Audit) {
		sec, app := fibersec.New(chain), fiber.New()
		for _, r := range routes {
			h := func(c *fiber.Ctx) error { return c.SendString(r.key()) }
			if r.decided {
				h = sec.Secured(h)
			}
			app.Add(r.method, strings.TrimSuffix(r.path, "rest"), h)
		}
		return adaptor.FiberApp(app), fibersec.Watch(app)
	},
	"gin": func(chain *core.SecurityChain, routes []drawnRoute) (http.Handler, *audit.Audit) {
		gin.SetMode(gin.ReleaseMode)
		sec, e := ginsec.New(chain), gin.New()
		e.RedirectTrailingSlash = false
		for _, r := range routes {
			h := func(c *gin.Context) { c.String(200, "%s", r.key()) }
			if r.decided {
				h = sec.Secured(h)
			}
			e.Handle(r.method, r.path, h)
		}
		return e, ginsec.Watch(e)
	},
}

// gatewayPaths have samples of what each matches, up to the end of the match.
var gatewayPaths = map[string][]string{
	"/": {"/"}, "/a": {"/a"}, "/a/": {"/a/"}, "/ab": {"/ab"}, "/b": {"/b"}, "/c": {"/c"}, "/a/7": {"/a/7"}, "/metrics": {"/metrics"},
	`~/a/\d+$`: {"/a/7"}, `~/a/[a-z]+`: {"/a/b", "/a/ab"}, `~/(?:a|ab)$`: {"/a", "/ab"}, `~/b/.*7`: {"/b/7", "/b/a/7"}, `~/x\d`: {"/x7"},
}

func drawPublished(r *rand.Rand) audit.Published {
	var paths []string
	for path := range gatewayPaths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	p := audit.Published{Paths: paths[:1+r.IntN(3)], StripPath: r.IntN(4) == 0}
	p.Methods = [][]string{nil, {"GET"}, {"POST"}, {"GET", "POST"}}[r.IntN(4)]
	return p
}

// probes returns paths that clients send: all of up to three segments, and, if the gateway strips, all of up to two behind each
// sample of a path of the gateway.
func probes(p audit.Published) (all []string) {
	segments := []string{"", "a", "ab", "abx", "ax", "b", "c", "7", "x7", "metrics", "metricsx"}
	plain := []string{"/"}
	for _, a := range segments[1:] {
		for _, b := range segments {
			plain = append(plain, strings.TrimSuffix("/"+a+"/"+b, "/"))
			if b != "" && !p.StripPath {
				plain = append(plain, "/"+a+"/"+b+"/b", "/"+a+"/"+b+"/7")
			}
			if b != "" && p.StripPath {
				plain = append(plain, "/"+a+"/"+b+"/b")
			}
		}
	}
	if !p.StripPath {
		return append(plain, "/a/")
	}
	plain = append(plain, "/A/7") // Fiber ignores case, and the gateway does not
	for _, path := range p.Paths {
		for _, sample := range gatewayPaths[path] {
			all = append(all, sample)
			for _, rest := range plain {
				all = append(all, strings.TrimSuffix(sample, "/")+rest)
			}
		}
	}
	return all
}

// forwarded is a request that the gateway forwarded, and the route that served it.
type forwarded struct{ method, path, route string }

// send registers the service on a gateway and sends all probes through it.
func send(t *testing.T, version string, handler http.Handler, p audit.Published) (all []forwarded) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	gateway := kongtest.Start(kongtest.Config{Version: version})
	defer gateway.Close()
	kong, err := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	service := registrator.Service{Name: "drawn", Paths: p.Paths, Methods: p.Methods, StripPath: p.StripPath, Host: host}
	_, err = fmt.Sscan(port, &service.Port)
	require.NoError(t, err)
	require.NoError(t, kong.Register(t.Context(), service))
	for _, path := range probes(p) {
		for _, method := range []string{"GET", "POST"} {
			w := httptest.NewRecorder()
			gateway.Proxy().ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code == http.StatusOK {
				all = append(all, forwarded{method, path, w.Body.String()})
			}
		}
	}
	return all
}

// echoNotation is how the audit's path of a route is written in drawnRoute.
func echoNotation(r audit.Route) string {
	path := strings.NewReplacer("{rest...}", "*rest", "{", ":", "}", "").Replace(r.Path)
	return r.Method + " " + strings.TrimSuffix(path, "rest") + map[bool]string{true: "rest"}[strings.Contains(path, "*")]
}

// TestFindingsAgreeWithKong draws services and registrations, and sends requests through the in-process Kong. What reaches the
// routes is compared with the findings, in both directions.
func TestFindingsAgreeWithKong(t *testing.T) {
	chain, err := core.NewSecurityChain(anyone{})
	require.NoError(t, err)
	kinds := map[audit.Kind]int{}
	for name, build := range frameworks {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				r := rand.New(rand.NewPCG(seed, 1))
				routes, published := drawRoutes(r), drawPublished(r)
				handler, watched := build(chain, routes)
				report := watched.Report().Behind([]audit.Published{published}, "/metrics")
				version := []string{"3.9.3", "2.8.5"}[seed%2]
				compare(t, routes, published, report, send(t, version, handler, published))
				for _, f := range report.Findings {
					kinds[f.Kind]++
				}
				if t.Failed() {
					t.Fatalf("seed %d: %+v\n%s", seed, published, report)
				}
			}
		})
	}
	for _, kind := range []audit.Kind{audit.NoRoute, audit.Open, audit.Unreached, audit.Beyond, audit.Exposed} {
		assert.Positive(t, kinds[kind], "%s: %v", kind, kinds)
	}
	assert.Less(t, kinds[audit.Unclear], kinds[audit.Open], "few findings say that the audit cannot tell: %v", kinds)
}

// compare compares the findings with the requests that the gateway forwarded.
func compare(t *testing.T, routes []drawnRoute, p audit.Published, report audit.Report, all []forwarded) {
	t.Helper()
	has := func(kind audit.Kind, path, route string) bool {
		return slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
			return f.Kind == kind && (path == "" || f.At == path) && (route == "" || echoNotation(f.Route) == route) &&
				(route != "" || f.Route.Path == "")
		})
	}
	is := map[string]bool{}
	for _, r := range routes {
		is[r.key()] = true
		served := slices.ContainsFunc(all, func(f forwarded) bool { return f.route == r.key() })
		if has(audit.Unclear, "", r.key()) {
			continue
		}
		assert.Equal(t, served && !r.decided, has(audit.Open, "", r.key()), "%s is undecided and served", r.key())
		if r.path == "/metrics" {
			assert.Equal(t, served, has(audit.Exposed, "", r.key()), "%s is internal and served", r.key())
			continue
		}
		assert.Equal(t, !served && r.decided, has(audit.Unreached, "", r.key()), "%s is decided and not served", r.key())
		inside := slices.ContainsFunc(all, func(f forwarded) bool { return f.route == r.key() && endsSegment(p.Paths, f.path) })
		assert.Equal(t, served && !inside && !p.StripPath, has(audit.Beyond, "", r.key()), "%s is served in the middle of a segment", r.key())
	}
	for _, path := range p.Paths {
		if has(audit.Unclear, path, "") {
			continue
		}
		serves := slices.ContainsFunc(all, func(f forwarded) bool { return is[f.route] && taken(p.Paths, f.path) == path })
		if !p.StripPath {
			serves = slices.ContainsFunc(all, func(f forwarded) bool { return is[f.route] && endsSegment([]string{path}, f.path) })
		}
		assert.Equal(t, !serves, has(audit.NoRoute, path, ""), "the gateway's path %s leads to no route", path)
	}
}

// matchOf returns the part of a request's path that a path of the gateway matches, or "".
func matchOf(path, request string) string {
	if expression, ok := strings.CutPrefix(path, "~"); ok {
		return regexp.MustCompile("^" + expression).FindString(request)
	}
	return map[bool]string{true: path}[strings.HasPrefix(request, path)]
}

// taken returns the path that the gateway takes for a request: an expression, or the longest prefix.
func taken(paths []string, request string) (best string) {
	for _, path := range paths {
		if matchOf(path, request) != "" && (best == "" || best[0] != '~' && (path[0] == '~' || len(path) > len(best))) {
			best = path
		}
	}
	return best
}

// endsSegment reports whether one of the paths matches the request up to the end of a segment.
func endsSegment(paths []string, request string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		match := matchOf(path, request)
		rest := strings.TrimPrefix(request, match)
		return match != "" && (path[0] == '~' || strings.HasSuffix(match, "/") || rest == "" || rest[0] == '/')
	})
}
