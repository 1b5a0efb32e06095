package fibersec_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/requestid"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

var services = flag.Int("services", 300, "how many random services TestWatchOfRandomServices asks")

// service is a random tree of groups, mounts, middleware and routes.
type service struct {
	*rand.Rand
	sec   *fibersec.Security
	docs  *fibersec.Security // with public routes
	files string
	paths []string // those that were registered
	log   []string // how the service was made
}

// reached is what a function of a service writes: which entry it is in.
func (s *service) reached(use bool, passes bool) fiber.Handler {
	return func(c fiber.Ctx) error {
		path := c.Route().Path
		if use {
			path = below(path)
		}
		c.Append("X-Reached", path)
		if passes {
			return c.Next()
		}
		return c.SendString("served")
	}
}

// below returns what a report says for the path of a Use.
func below(path string) string {
	return strings.TrimSuffix(strings.TrimRight(path, "/"), "/*") + "/*"
}

// handlers returns what is given to Use, to Group or to a route.
func (s *service) handlers(use bool) (all []any) {
	var words []string
	for range 1 + s.IntN(3) {
		h, word := s.handler(use)
		all, words = append(all, h), append(words, word)
	}
	s.log = append(s.log, "\t"+strings.Join(words, ", "))
	return all
}

func (s *service) handler(use bool) (any, string) {
	passes := use && s.IntN(6) > 0 || !use && s.IntN(3) == 0
	h := s.reached(use, passes)
	word := fmt.Sprint("function that passes on: ", passes)
	switch s.IntN(10) {
	case 0, 1, 2:
		if s.IntN(3) == 0 {
			return s.docs.Middleware, "Middleware with public routes"
		}
		return s.sec.Middleware, "Middleware"
	case 3, 4:
		return s.sec.With(core.RequireAuth()).Secured(h), "Secured " + word
	case 5:
		return requestid.New(), "requestid"
	case 6:
		if s.IntN(3) == 0 {
			return s.sec.Public(h), "Public " + word
		}
	case 7:
		return func(c fiber.Ctx) { _ = s.sec.Middleware(c) }, "Middleware in a function"
	}
	return h, word
}

// path returns a path with literals that come more than once and parameters that do not.
func (s *service) path() string {
	path := ""
	for range s.IntN(3) {
		path += "/" + s.segment()
	}
	if s.IntN(8) == 0 {
		path += "/"
	}
	s.paths = append(s.paths, path)
	return path
}

func (s *service) segment() string {
	param := fmt.Sprint(":p", len(s.paths), "x", s.IntN(100))
	return []string{
		"a", "A", "ab", "abc", "a", "abcd", param, param, param + "?", param + "<int>", param + "<len(1)>", "*", "+", param + "-" + param, "a" + param,
		param + ".a", "a*", param + "<regex(a)>", `a\:b`,
	}[s.IntN(19)]
}

// add fills a router.
func (s *service) add(r fiber.Router, depth int) {
	for range 1 + s.IntN(5) {
		path := s.path()
		s.log = append(s.log, fmt.Sprintf("%d: %T %q", depth, r, path))
		switch s.IntN(12) {
		case 0, 1, 2:
			all := s.handlers(false)
			r.Get(path, all[0], all[1:]...)
		case 3:
			all := s.handlers(false)
			r.All(path, all[0], all[1:]...)
		case 4:
			all := s.handlers(false)
			r.Add([]string{"POST"}, path, all[0], all[1:]...)
		case 5:
			all := s.handlers(false)
			r.Head(path, all[0], all[1:]...)
		case 6:
			for _, h := range s.handlers(true) {
				r.Use(h)
			}
		case 7:
			for _, h := range s.handlers(true) {
				r.Use(path, h)
			}
		case 8, 9:
			if depth < 3 {
				g := r.Group(path)
				if s.IntN(3) > 0 {
					g = r.Group(path, s.handlers(true)...)
				}
				s.add(g, depth+1)
			}
		case 10:
			if depth < 3 {
				s.mount(r, path, depth)
			}
		case 11:
			s.static(r, path)
		}
	}
}

func (s *service) mount(r fiber.Router, path string, depth int) {
	inner := fiber.New(s.config())
	if s.IntN(2) == 0 {
		s.add(inner, depth+1)
		r.Use(path, inner)
		return
	}
	r.Use(path, inner)
	s.add(inner, depth+1)
}

func (s *service) config() fiber.Config {
	return fiber.Config{CaseSensitive: s.IntN(3) == 0, StrictRouting: s.IntN(3) == 0}
}

// static adds files.
func (s *service) static(r fiber.Router, path string) {
	note := s.reached(true, false)
	r.Use(path, static.New(s.files, static.Config{ModifyResponse: func(c fiber.Ctx) error {
		body := bytes.Clone(c.Response().Body())
		defer c.Response().SetBody(body)
		return note(c)
	}}))
}

var paramOf = regexp.MustCompile(`:\w+(<[^>]*>)?\??|[*+]`)

// target returns a path that a route may be for.
func (s *service) target(route string) string {
	target := paramOf.ReplaceAllStringFunc(route, func(param string) string {
		switch {
		case strings.ContainsAny(param, "?*") && s.IntN(3) == 0:
			return ""
		case strings.ContainsAny(param, "*+"):
			return []string{"a", "a/b", "f.txt"}[s.IntN(3)]
		}
		return []string{"a", "7", "a", "ab", "x"}[s.IntN(5)]
	})
	target = strings.ReplaceAll(target, `\`, "")
	switch s.IntN(8) {
	case 0:
		target += "/"
	case 1:
		target = strings.ToUpper(target)
	case 2:
		target = strings.TrimRight(target, "/") + "/" + []string{"f.txt", "a", "ab"}[s.IntN(3)]
	case 3:
		target = target[:strings.LastIndexByte(target, '/')+1]
	case 4:
		target += "a"
	}
	return target
}

// openRows returns the routes of a report that some requests reach without an identity, by path.
func openRows(report audit.Report) map[string][]audit.Route {
	rows := map[string][]audit.Route{}
	for _, r := range report.Routes {
		if r.Decision != audit.Guarded {
			rows[r.Path] = append(rows[r.Path], r)
		}
	}
	return rows
}

// TestWatchOfRandomServices makes services of groups, mounts, middleware, guards and routes at random, and sends requests without
// a credential. Each function of the service that such a request reaches must be in the report, and not as guarded.
func TestWatchOfRandomServices(t *testing.T) {
	files := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(files, "f.txt"), []byte("served"), 0o600))
	sec, docs := newSecurity(t), newSecurity(t, core.PublicRoutes("/a", "GET /ab/**", "/abc/*", "/a/a/", "/*/ab"))
	reached, undecided := 0, 0
	for seed := range *services {
		s := &service{Rand: rand.New(rand.NewPCG(1, uint64(seed))), sec: sec, docs: docs, files: files}
		app := fiber.New(s.config())
		watched := fibersec.Watch(app)
		if seed%8 == 0 {
			app.Use(sec.Middleware)
		}
		s.add(app, 0)
		before := watched.Report()
		if seed%8 == 0 {
			require.NoError(t, before.Err(), "seed %d: a guard is in front of all", seed)
		}
		serve, started := start(app)
		if !started {
			continue
		}
		after := watched.Report()
		undecided += len(before.Undecided())
		for _, route := range app.GetRoutes() {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT"} {
				target := s.target(route.Path)
				if strings.Trim(target, "/") == "" && target != "/" || strings.HasPrefix(target, "//") {
					continue
				}
				for _, path := range serve(method, target) {
					reached++
					for _, report := range []audit.Report{before, after} {
						at := slices.IndexFunc(openRows(report)[path], func(r audit.Route) bool {
							return r.Method == "" || r.Method == method || r.Method == "GET" && method == "HEAD"
						})
						require.GreaterOrEqual(t, at, 0, "seed %d: %s %s reaches %s\n%s\n%s", seed, method, target, path, strings.Join(s.log, "\n"), report)
					}
				}
			}
		}
	}
	t.Logf("%d functions reached, %d undecided", reached, undecided)
	require.Positive(t, reached)
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// start returns a function that sends a request without a credential to app and returns the functions that it reaches. It returns
// false for an app that Fiber cannot start: two apps that are mounted at one path, for example.
func start(app *fiber.App) (serve func(method, target string) []string, started bool) {
	defer func() { started = recover() == nil }()
	handler := app.Handler()
	return func(method, target string) []string {
		var r fasthttp.Request
		r.Header.SetMethod(method)
		r.SetRequestURI(target)
		var ctx fasthttp.RequestCtx
		ctx.Init(&r, nil, silent{})
		handler(&ctx)
		header := string(ctx.Response.Header.Peek("X-Reached"))
		if header == "" {
			return nil
		}
		return strings.Split(header, ", ")
	}, true
}
