package path_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/path"
)

func TestMatchExact(t *testing.T) {
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
		p, err := path.Parse(pattern)
		require.NoError(t, err, pattern)
		for _, want := range []struct {
			requests string
			match    bool
		}{{c.open, true}, {c.closed, false}} {
			for request := range strings.FieldsSeq(want.requests) {
				method, target, found := strings.Cut(request, ":/")
				if !found || strings.Contains(method, "/") {
					method, target = "GET", request[1:]
				}
				assert.Equal(t, want.match, p.MatchExact(method, "/"+target), "pattern %q, %s /%s", pattern, method, target)
			}
		}
	}
	root, err := path.Parse("/")
	require.NoError(t, err)
	assert.True(t, root.MatchExact("GET", ""), "the empty path is the root")
	var zero path.Pattern
	for _, target := range []string{"", "/", "/a", "*"} {
		assert.False(t, zero.MatchExact("GET", target), "the zero value matches nothing, %q", target)
	}
}

// TestMatchExactOfMalformedPaths holds that no pattern has a malformed path: a rule that allows needs no check before it.
func TestMatchExactOfMalformedPaths(t *testing.T) {
	for pattern, targets := range map[string][]string{
		"/**":    {"/a%2Fb", "/a/%2e%2e", "/a/..", "/a//b", "/a%5Cb", `/a\b`, "/a%00", "/a%", "/a#b", "/%zz", "/a%2"},
		"/*":     {"/.", "/..", "/%2e", "/a%2f", "/%", "/a\x00b"},
		"/a/**/": {"/a/b//", "/a/./"},
	} {
		p, err := path.Parse(pattern)
		require.NoError(t, err)
		for _, target := range targets {
			assert.False(t, p.MatchExact("GET", target), "pattern %q, %q", pattern, target)
		}
	}
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
		"/**/a/**":         "more than one **",
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
		`/a\b`:             `'\\' is not allowed in a path unescaped`,
		"/a#b":             "leave out the query",
		"^/public/.*$":     "must begin with /",
		"/[a-z]":           "patterns are not regular expressions",
		"get /a":           "not a method in capitals",
		" /a":              "not a method in capitals",
		"GET  /a":          "must begin with /",
		"GET /a b":         "' ' is not allowed",
		"GET":              "must begin with /",
		"GET ":             "must begin with /",
	} {
		_, err := path.Parse(pattern)
		assert.ErrorContains(t, err, says, "%q", pattern)
		assert.ErrorContains(t, err, fmt.Sprintf("pattern %q", pattern))
	}
}
