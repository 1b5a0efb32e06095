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

// TestMalformedPaths has for each refused path one that differs little and is served.
func TestMalformedPaths(t *testing.T) {
	chain := newChain(t, sets("ann"))
	refused := []string{
		"//", "//a", "/a//b", "/a//", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b",
		"/%2e", "/%2E%2e/a", "/a/.%2e/b", "/a/%2e./b", "/a/%2e%2e", "/a%2fb", "/a%2Fb", "/%2f", "/a%5cb", "/a%5Cb", `/a\b`,
		"/a%00", "/%00", "/a\x00b", "/%", "/a%", "/a%2", "/a%zz", "/a%2g", "/%%20", "/a#b", "/#", "*", "a/b", "http://a/b", "?", " /",
		"/public%2Fx", "/admin%2fsecret", "/public/%2e%2e/admin/secret", "/public/../admin/secret", "/admin/../public/x",
	}
	served := []string{
		"", "/", "/a", "/a/", "/a/b/", "/...", "/a/.../b", "/.a", "/..a", "/a..", "/a.b/c", "/%2e%2e%2e", "/%2ea", "/a%20b",
		"/%252f", "/%252e%252e", "/a;b=c", "/a:b@c", "/%C3%A9", "/a~b", "/a%0ab", "/ADMIN/secret", "/%61dmin",
	}
	for _, target := range refused {
		o := guard(t, chain, fixedPath{path: target})
		assert.Equal(t, "malformed_path", o.reason(t), "%q", target)
		assert.Equal(t, 400, o.res.Status, "%q", target)
		assert.False(t, guard(t, chain.Public(), fixedPath{path: target}).passed, "%q on a public route", target)
	}
	connect := fixedPath{Request: coretest.Request{Verb: "CONNECT"}}
	assert.Equal(t, "malformed_path", guard(t, chain, connect).reason(t), "CONNECT names a host")
	for _, target := range served {
		assert.True(t, guard(t, chain, fixedPath{path: target}).passed, "%q", target)
	}
}

// fixedPath is a request with exactly that path.
type fixedPath struct {
	coretest.Request
	path string
}

func (f fixedPath) RoutePath() string { return f.path }

// TestFragmentInTheQuery holds that a '#' is refused behind the '?', too, though servers read nothing of it as a path.
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

// TestPublicRoutesBehindARewrite holds that a path is looked at again where a provider has changed it after the chain did.
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
	for pattern, c := range map[string]struct{ open, closed string }{
		"/":                {"/", "/a /a/ /index.html"},
		"/a":               {"/a", "/ /a/ /A /ab /b /a/b /%61 /x/a"},
		"/a.b":             {"/a.b", "/a%2eb /aXb /a"},
		"/a/b":             {"/a/b", "/a /a/b/ /a/b/c /x/a/b"},
		"/a/*":             {"/a/b /a/b.c /a/b%20c /a/%C3%A9", "/a /a/ /a/b/ /a/b/c /a/%62 /a/b%25 /a/%252Fb /a/%25252Fb"},
		"/a/*/c":           {"/a/b/c", "/a/c /a/b/b/c /a/b/c/ /a/b"},
		"/a/**":            {"/a/b /a/b/c /a/b/c/d", "/a /a/ /a/b/ /ab /A/b /a/b/%63"},
		"/*":               {"/a", "/private%252Fsecret /private%252fsecret /a%255Cb /%252e%252e"},
		"/**":              {"/a /a/b", "/ /a/ /a%252Fb /a/b%2500"},
		"/static/":         {"/static/", "/static /static/a /static/a/ /static// /Static/ /"},
		"/static/*/":       {"/static/a/ /static/b/", "/static/a /static/ /static/a/b/"},
		"/static/**/":      {"/static/a/ /static/a/b/", "/static/a /static/ /static/a/b"},
		"/**/":             {"/a/ /a/b/", "/ /a /a/b"},
		"/**/a/":           {"/b/a/ /b/c/a/", "/a/ /b/a /b/a/c/"},
		"GET /a/":          {"GET:/a/ HEAD:/a/", "POST:/a/ GET:/a"},
		"/v1/things:batch": {"/v1/things:batch", "/v1/things /v1/things:list"},
		"/a+b":             {"/a+b", "/ab /a%20b"},
		"/**/c":            {"/a/c /a/b/c /c/c", "/c /a/c/ /a/b"},
		"/a/**/c/*":        {"/a/b/c/d /a/b/b/c/d /a/c/c/d", "/a/c/d /a/b/c /a/b/c/d/"},
		"/*/**":            {"/a/b /a/b/c", "/a /"},
		"/a;b=c":           {"/a;b=c", "/a"},
		"/public/**":       {"/public/x", "/publicx /xpublic/x /docs/public/x /public /PUBLIC/x"},
		"/users/verify":    {"/users/verify", "/admin/users/verify/all /users/verifyXYZ"},
		"GET /a":           {"GET:/a HEAD:/a", "POST:/a get:/a DELETE:/a GET:/b"},
		"POST /a/**":       {"POST:/a/b", "GET:/a/b HEAD:/a/b"},
		"HEAD /a":          {"HEAD:/a", "GET:/a"},
		"/healthcheck":     {"GET:/healthcheck POST:/healthcheck", "GET:/healthcheck/x"},
		"/~u/$!&'()+,;=:@": {"/~u/$!&'()+,;=:@", "/~u/"},
	} {
		chain := newChain(t, core.PublicRoutes("/never/this", pattern))
		for _, want := range []struct {
			targets string
			open    bool
		}{{c.open, true}, {c.closed, false}} {
			for target := range strings.FieldsSeq(want.targets) {
				method, p, found := strings.Cut(target, ":/")
				if !found || strings.Contains(method, "/") {
					method, p = "GET", target[1:]
				}
				o := guard(t, chain, fixedPath{coretest.Request{Verb: method}, "/" + p})
				assert.Equal(t, want.open, o.passed, "pattern %q, %s /%s", pattern, method, p)
				assert.Equal(t, "-", o.user)
			}
		}
	}
	assert.True(t, guard(t, newChain(t, core.PublicRoutes("/")), fixedPath{}).passed, "no path is /")
}

func TestPatternsThatCannotMatch(t *testing.T) {
	for pattern, says := range map[string]string{
		"":                 "must begin with /",
		"a":                "must begin with /",
		"*.css":            "must begin with /",
		"//":               "empty segment",
		"/a//":             "empty segment",
		"/a//b":            "empty segment",
		"/a/../b":          "dot segments",
		"/.":               "dot segments",
		"/a*":              "stand for whole segments",
		"/a/*.css":         "stand for whole segments",
		"/***":             "stand for whole segments",
		"/**/a/**":         "one ** only",
		"/a?b":             "leave out the query",
		"/a%20b":           "more than one spelling",
		"/a%25b":           "more than one spelling",
		"/%252F":           "more than one spelling",
		"/é":               "use * for its segment, or mark the route itself",
		"/café/x":          `'é' is sent escaped`,
		"/x/:id":           `":id" is a parameter to a router and literal text here: use *`,
		"/x/{id}":          `"{id}" is a parameter to a router`,
		"/x/{rest...}":     "** for one or more",
		"/x/{id:[0-9]+}/y": "use * for one segment",
		"/{$}":             "is a parameter",
		"/x/*rest":         `"*rest" is a parameter`,
		"/x/+":             `"+" is a parameter`,
		"/x/:id/":          "use * for one segment",
		"/a b":             "not a method in capitals",
		`/a\b`:             `no plain '\\'`,
		"/a#b":             "leave out the query",
		"^/public/.*$":     "must begin with /",
		"/[a-z]":           "patterns are not regular expressions",
		"get /a":           "not a method in capitals",
		" /a":              "not a method in capitals",
		"GET  /a":          "must begin with /",
		"GET /a b":         "no plain ' '",
		"GET":              "must begin with /",
		"GET ":             "must begin with /",
	} {
		_, err := core.NewSecurityChain(core.PublicRoutes(pattern))
		assert.ErrorContains(t, err, says, "%q", pattern)
	}
}

// reference is a slow second opinion on patterns: a regular expression.
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

// TestRoutePath has what net/http makes of a target, and what a middleware may make of that.
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
