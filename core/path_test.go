package core_test

import (
	"context"
	"log/slog"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestMalformedPaths has for each refused path a similar one that is served. The tests of package path have more.
func TestMalformedPaths(t *testing.T) {
	chain := newChain(t, sets("ann"))
	for refused, served := range map[string]string{
		"//": "/", "/a//": "/a/", "/a/../b": "/a/.../b", "/%2e": "/%2ea", "/a%2fb": "/%252f", `/a\b`: "/a~b", "/a%2": "/a%20", "/a#b": "/a;b",
		"*": "",
	} {
		o := guard(t, chain, fixedPath{path: refused})
		assert.Equal(t, "malformed_path", o.reason(t), "%q", refused)
		assert.Equal(t, 400, o.res.Status, "%q", refused)
		assert.False(t, guard(t, chain.Public(), fixedPath{path: refused}).passed, "%q on a public route", refused)
		assert.True(t, guard(t, chain, fixedPath{path: served}).passed, "%q", served)
	}
	connect := fixedPath{Request: coretest.Request{Verb: "CONNECT"}}
	assert.Equal(t, "malformed_path", guard(t, chain, connect).reason(t), "CONNECT names a host")
}

// fixedPath is a request with exactly that path.
type fixedPath struct {
	coretest.Request
	path string
}

func (f fixedPath) RoutePath() string { return f.path }

// TestFragmentInTheQuery holds that a '#' behind the '?' is refused, too, although servers do not take it for a part of the path.
func TestFragmentInTheQuery(t *testing.T) {
	chain := newChain(t, sets("ann"))
	for _, query := range []string{"#", "a=b#", "#a", "a=b#c=d", "?#"} {
		for _, chain := range []*core.SecurityChain{chain, chain.Public()} {
			o := guard(t, chain, coretest.Request{Target: "/a?" + query})
			assert.Equal(t, "malformed_path", o.reason(t), "%q", query)
		}
	}
	assert.True(t, guard(t, chain, coretest.Request{Target: "/a?b=%23&c=?/../"}).passed)
}

// rewritten is a request whose path a provider changes while the chain runs.
type rewritten struct {
	coretest.Request
	path string
}

func (r *rewritten) RoutePath() string { return r.path }

// TestPublicRoutesBehindARewrite holds that PublicRoutes checks a path that a provider has changed after the check of the chain.
func TestPublicRoutesBehindARewrite(t *testing.T) {
	for to, public := range map[string]bool{
		"/public/a": true, "/public/%2Fa": false, "/public/..": false, "/public/%2e%2e": false, "/public/a%5cb": false, "/public/%": false,
		"/public/a#b": false, "/public/%00": false, "/admin": false,
	} {
		r := &rewritten{path: "/admin"}
		rewrite := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
			r.path = to
			return nil
		})
		assert.Equal(t, public, guard(t, newChain(t, rewrite, core.PublicRoutes("/public/*")), r).passed, to)
	}
}

func TestPublicRoutes(t *testing.T) {
	chain := newChain(t, core.PublicRoutes("/never/this", "/", "/a/*", "GET /b"))
	for request, open := range map[string]bool{
		"GET ": true, "GET /": true, "POST /a/b": true, "HEAD /b": true, "GET /a": false, "GET /a/b/": false, "GET /a/%62": false,
		"GET /a/b%25": false, "POST /b": false, "get /b": false, "GET /B": false,
	} {
		method, path, _ := strings.Cut(request, " ")
		o := guard(t, chain, fixedPath{coretest.Request{Verb: method}, path})
		assert.Equal(t, open, o.passed, request)
		assert.Equal(t, "-", o.user)
	}
}

// reference compares a pattern with a path by means of a regular expression.
func reference(pattern, target string) bool {
	expression := regexp.QuoteMeta(pattern)
	expression = strings.ReplaceAll(expression, `\*\*`, "DEEP")
	expression = strings.ReplaceAll(expression, `\*`, `[^/]+`)
	expression = strings.ReplaceAll(expression, "DEEP", `[^/]+(?:/[^/]+)*`)
	return regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(target)
}

// FuzzPath compares the chain with net/url and path for what is malformed, and with a regular expression for what is
// public.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"/a/*", "/**", "/a/**/b", "/", "/a"} {
		for _, target := range []string{"/a/b", "/a//b", "/a/%2e%2e/b", "/a%2Fb", "/%61", "/a/b/", "/", "", "/a/b/c/b", "*", "/a%", "/a#b"} {
			f.Add(p, target)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, target string) {
		chain, err := core.NewSecurityChain(core.PublicRoutes(pattern))
		if err != nil {
			return
		}
		var res coretest.Recorder
		_, open := chain.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), fixedPath{path: target}, &res)
		decoded, err := url.PathUnescape(target)
		if err != nil || strings.ContainsAny(decoded, "\\\x00") || strings.Contains(decoded, "//") ||
			target != "" && (target[0] != '/' || path.Clean(decoded) != strings.TrimSuffix(decoded, "/") && decoded != "/") ||
			strings.Count(decoded, "/") != strings.Count(target, "/") || strings.Contains(target, "#") {
			require.Equal(t, 400, res.Status, "%q is malformed", target)
			return
		}
		require.NotEqual(t, 400, res.Status, "%q is well-formed", target)
		if _, p, found := strings.Cut(pattern, " "); found {
			pattern = p
		}
		if target == "" {
			target = "/"
		}
		if open {
			require.True(t, reference(pattern, target), "pattern %q opened %q", pattern, target)
		} else if reference(pattern, target) && !strings.Contains(target, "%") && !strings.Contains(pattern, " ") {
			t.Logf("pattern %q has a method, or closed %q", pattern, target)
		}
	})
}

// TestRoutePath has URLs as net/http makes them of a target, and URLs that a middleware has changed.
func TestRoutePath(t *testing.T) {
	for target, want := range map[string]string{
		"/a":        "/a",
		"/a%20b":    "/a%20b",
		"/a%2Fb":    "/a%2Fb",
		"/a%2Fb|":   "/a%2Fb|",
		"/%61{":     "/%61{",
		"/%61\xff":  "/%61\xff",
		"/a|":       "/a|",
		"/a#b":      "/a#b",
		"//a/b":     "//a/b",
		"http://a":  "",
		"http://a/": "/",
	} {
		u, err := url.ParseRequestURI(target)
		require.NoError(t, err, target)
		assert.Equal(t, want, core.RoutePath(u), target)
	}
	chain := newChain(t, core.PublicRoutes("/**"))
	for name, u := range map[string]*url.URL{
		"Path was rewritten":    {Path: "/admin", RawPath: "/public%2C"},
		"RawPath was rewritten": {Path: "/public,", RawPath: "/x"},
		"RawPath is no path":    {Path: "/public", RawPath: "/%zz"},
	} {
		assert.Equal(t, "malformed_path", guard(t, chain, fixedPath{path: core.RoutePath(u)}).reason(t), name)
	}
}
