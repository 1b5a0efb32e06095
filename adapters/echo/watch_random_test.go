package echosec_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/core/audit"
)

var services = flag.Int("services", 300, "how many random services TestWatchOfRandomServices asks")

// service is a random tree of groups, middleware and routes.
type service struct {
	*rand.Rand
	sec *echosec.Security
	log []string
}

// serves answers with the route that it is in.
func serves(c echo.Context) error { return c.String(200, "/"+strings.TrimPrefix(c.Path(), "/")) }

func passes(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error { return next(c) }
}

func (s *service) middleware() (all []echo.MiddlewareFunc) {
	var words []string
	for range s.IntN(3) {
		if s.IntN(4) == 0 {
			all, words = append(all, s.sec.Middleware), append(words, "Middleware")
		} else {
			all, words = append(all, passes), append(words, "passes on")
		}
	}
	s.log = append(s.log, "\t"+strings.Join(words, ", "))
	return all
}

func (s *service) handler() echo.HandlerFunc {
	word, h := "handler", echo.HandlerFunc(serves)
	switch s.IntN(5) {
	case 0:
		word, h = "Secured", s.sec.Secured(serves)
	case 1:
		word, h = "Public", s.sec.Public(serves)
	}
	s.log = append(s.log, "\t"+word)
	return h
}

func (s *service) path() string {
	path := ""
	for range s.IntN(3) {
		path += "/" + []string{"a", "ab", "abc", ":p", ":q", "b"}[s.IntN(6)]
	}
	if s.IntN(6) == 0 {
		path += []string{"/", "/*"}[s.IntN(2)]
	}
	return path
}

// router is what a group and an Echo have in common.
type router interface {
	GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route
	Any(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) []*echo.Route
	RouteNotFound(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route
	Group(prefix string, m ...echo.MiddlewareFunc) *echo.Group
	Use(m ...echo.MiddlewareFunc)
}

func (s *service) add(e *echo.Echo, g router, depth int) {
	for range 1 + s.IntN(6) {
		path, kind := s.path(), s.IntN(16)
		s.log = append(s.log, fmt.Sprintf("%d: %d %q", depth, kind, path))
		switch kind {
		case 0, 1, 2, 3, 4, 5:
			g.GET(path, s.handler(), s.middleware()...)
		case 6:
			g.Any(path, s.handler(), s.middleware()...)
		case 7:
			g.RouteNotFound(path, s.handler(), s.middleware()...)
		case 8:
			g.Use(s.middleware()...)
		case 9:
			if s.IntN(3) == 0 {
				e.Pre(s.middleware()...)
			}
		default:
			if depth < 3 {
				s.add(e, g.Group(path, s.middleware()...), depth+1)
			}
		}
	}
}

var paramOf = regexp.MustCompile(`:\w+|\*`)

// TestWatchOfRandomServices makes services of groups, middleware, guards and routes at random, and sends requests without a
// credential. They reach the handlers of the routes that are not guarded, and of no others.
func TestWatchOfRandomServices(t *testing.T) {
	served := 0
	for seed := range *services {
		s := &service{Rand: rand.New(rand.NewPCG(3, uint64(seed))), sec: newSecurity(t)}
		e := echo.New()
		watched := echosec.Watch(e)
		s.add(e, e, 0)
		report := watched.Report()
		for _, r := range report.Routes {
			for _, method := range []string{r.Method, "GET", "BREW"} {
				if method == "" {
					continue
				}
				target := paramOf.ReplaceAllString(r.Path, "x")
				res := do(e, request(method, target, ""))
				if res.Code != 200 {
					continue
				}
				served++
				at := slices.IndexFunc(report.Routes, func(r audit.Route) bool {
					return r.Path == res.Body.String() && (r.Method == method || r.Method == "") && r.Decision != audit.Guarded
				})
				require.GreaterOrEqual(t, at, 0, "seed %d: %s %s serves %s\n%s\n%s",
					seed, method, target, res.Body, strings.Join(s.log, "\n"), report)
			}
		}
	}
	require.Positive(t, served)
}
