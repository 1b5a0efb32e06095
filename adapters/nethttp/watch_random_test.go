package nethttp_test

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core/audit"
)

var services = flag.Int("services", 300, "how many random services TestWatchOfRandomServices asks")

// service is a random tree of muxes, guards and routes.
type service struct {
	*rand.Rand
	sec *nethttp.Security
	log []string
}

// serves answers with the pattern that it is for.
func serves(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Pattern) }

// around puts guards and other functions around a handler.
func (s *service) around(h http.Handler) http.Handler {
	for range s.IntN(3) {
		inner, word := h, ""
		switch s.IntN(5) {
		case 0:
			h, word = s.sec.Middleware(h), "Middleware"
		case 1:
			h, word = s.sec.Secured(h.ServeHTTP), "Secured"
		case 2:
			h, word = s.sec.Public(h.ServeHTTP), "Public"
		default:
			h, word = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }), "wrapper"
		}
		s.log = append(s.log, "\t"+word)
	}
	return h
}

// pattern returns a pattern below a path.
func (s *service) pattern(below string) string {
	pattern := []string{"", "", "GET ", "POST "}[s.IntN(4)] + below
	for range s.IntN(3) {
		pattern += "/" + []string{"a", "ab", "{p}", "b"}[s.IntN(4)]
	}
	return pattern + []string{"", "/", "/{$}", "/{rest...}"}[s.IntN(4)]
}

func (s *service) mux(below string, depth int) *nethttp.Mux {
	mux := new(nethttp.Mux)
	for range 1 + s.IntN(5) {
		pattern := s.pattern(below)
		s.log = append(s.log, fmt.Sprintf("%d: %q", depth, pattern))
		var h http.Handler = http.HandlerFunc(serves)
		if s.IntN(3) == 0 && depth < 3 {
			pattern = below + "/" + []string{"a", "b"}[s.IntN(2)]
			h = s.mux(pattern, depth+1)
			pattern += "/"
		}
		func() {
			defer func() { _ = recover() }() // a conflict with another pattern
			mux.Handle(pattern, s.around(h))
		}()
	}
	return mux
}

var paramOf = regexp.MustCompile(`\{\$\}|\{[^}]+\}`)

// TestWatchOfRandomServices makes services of muxes, guards and routes at random, and sends requests without a credential. They
// reach the handlers of the routes that are not guarded, and of no others. A mux in a wrapper is one route.
func TestWatchOfRandomServices(t *testing.T) {
	served := 0
	for seed := range *services {
		s := &service{Rand: rand.New(rand.NewPCG(4, uint64(seed))), sec: newSecurity(t)}
		h := s.around(s.mux("", 0))
		report := nethttp.Watch(h).Report()
		for _, r := range report.Routes {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				target := paramOf.ReplaceAllString(r.Path, "x")
				if strings.HasSuffix(r.Path, "/{$}") {
					target = strings.TrimSuffix(r.Path, "{$}")
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(method, target, ""))
				if w.Code != 200 {
					continue
				}
				served++
				at := slices.IndexFunc(report.Routes, func(r audit.Route) bool {
					prefix, whole := strings.CutSuffix(r.Path, "{...}")
					path := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(w.Body.String(), "GET "), "POST "), "{$}")
					return r.Decision != audit.Guarded && (r.Path == path || whole && strings.HasPrefix(path, prefix))
				})
				require.GreaterOrEqual(t, at, 0, "seed %d: %s %s serves %s\n%s\n%s",
					seed, method, target, w.Body, strings.Join(s.log, "\n"), report)
			}
		}
	}
	require.Positive(t, served)
}
