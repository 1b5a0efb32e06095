package ginsec_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core/audit"
)

var services = flag.Int("services", 300, "how many random services TestWatchOfRandomServices asks")

// service is a random tree of groups, middleware and routes.
type service struct {
	*rand.Rand
	sec *ginsec.Security
	log []string
}

// serves answers with the route that it is in.
func serves(c *gin.Context) {
	path := c.FullPath()
	if path == "" {
		path = "/*path"
	}
	c.String(200, path)
}

// chain returns handlers for a group or, with a last one, for a route. Those for Use of the engine do not answer, since the audit
// takes them for middleware.
func (s *service) chain(last, engine bool) (all gin.HandlersChain) {
	var words []string
	add := func(word string, h gin.HandlerFunc) { all, words = append(all, h), append(words, word) }
	for range s.IntN(3) {
		switch s.IntN(6) {
		case 0:
			add("Middleware", s.sec.Middleware)
		case 1:
			add("Secured", s.sec.Secured((*gin.Context).Next))
		case 2:
			add("Public", s.sec.Public(func(*gin.Context) {}))
		case 3:
			if !engine {
				add("answers", func(c *gin.Context) { c.String(200, "early"); c.Abort() })
			}
		default:
			add("passes on", func(c *gin.Context) { c.Next() })
		}
	}
	if last {
		switch s.IntN(5) {
		case 0:
			add("Secured handler", s.sec.Secured(serves))
		case 1:
			add("Public handler", s.sec.Public(serves))
		default:
			add("handler", serves)
		}
	}
	s.log = append(s.log, "\t"+strings.Join(words, ", "))
	return all
}

func (s *service) path() string {
	path := ""
	for range s.IntN(3) {
		path += "/" + []string{"a", "ab", "abc", ":p", "b"}[s.IntN(5)]
	}
	if s.IntN(6) == 0 {
		path += []string{"/", "/*rest"}[s.IntN(2)]
	}
	return path
}

// try calls add, which panics on a path that conflicts with another.
func (s *service) try(add func()) {
	defer func() { _ = recover() }()
	add()
}

func (s *service) add(e *gin.Engine, g *gin.RouterGroup, depth int) {
	for range 1 + s.IntN(6) {
		path, kind := s.path(), s.IntN(10)
		s.log = append(s.log, fmt.Sprintf("%d: %d %s %q", depth, kind, g.BasePath(), path))
		s.try(func() {
			switch kind {
			case 0, 1, 2, 3:
				g.GET(path, s.chain(true, false)...)
			case 4:
				g.Any(path, s.chain(true, false)...)
			case 5:
				g.Use(s.chain(false, depth == 0)...)
			case 6:
				e.Use(s.chain(false, true)...)
			case 7:
				e.NoRoute(s.chain(true, false)...)
			default:
				if depth < 3 {
					s.add(e, g.Group(path, s.chain(false, false)...), depth+1)
				}
			}
		})
	}
}

var paramOf = regexp.MustCompile(`[:*]\w+`)

// TestWatchOfRandomServices makes services of groups, middleware, guards and routes at random, and sends requests without a
// credential. They reach the handlers of the routes that are not guarded, and of no others.
func TestWatchOfRandomServices(t *testing.T) {
	served, inFront := 0, 0
	for seed := range *services {
		s := &service{Rand: rand.New(rand.NewPCG(2, uint64(seed))), sec: newSecurity(t)}
		e := gin.New()
		watched := ginsec.Watch(e)
		s.add(e, &e.RouterGroup, 0)
		report := watched.Report()
		for _, r := range report.Routes {
			target := paramOf.ReplaceAllString(r.Path, "x")
			if r.Method == "" {
				r.Method = "BREW" // no route is for that
			}
			res := do(e, request(r.Method, target, ""))
			if res.Code == 301 || res.Code == 307 {
				continue
			}
			if res.Code == 200 {
				served++
				require.Contains(t, []string{r.Path, "early"}, res.Body.String(), "another route: %s %s", r.Method, target)
			}
			if strings.Contains(r.Remedy, "stands in front of the guard") {
				require.Equal(t, audit.Undecided, r.Decision) // whether the function answers cannot be seen
				inFront++
				continue
			}
			require.Equal(t, r.Decision == audit.Guarded, res.Code != 200, "seed %d: %s %s is answered with %d\n%s\n%s",
				seed, r.Method, target, res.Code, strings.Join(s.log, "\n"), report)
		}
	}
	require.Positive(t, served)
	require.Positive(t, inFront)
}
