package config_test

import (
	"encoding/json"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/config"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/described"
)

// TestIgnorePatterns has for each pattern what it opens, what it does not open, and whether it opened more in the original.
func TestIgnorePatterns(t *testing.T) {
	p := newPlatform(t)
	for _, c := range []struct {
		pattern, open, closed string
		changed               bool
	}{
		{`/users/verify`, "/users/verify", "/admin/users/verify/all /users/verifyXYZ /users/verify/ /users/%76erify /users/verify%2F /USERS/verify /", true},
		{`^/users/verify$`, "/users/verify", "/users/verifyXYZ /users/verify/", false},
		{`^/users/verify`, "/users/verify", "/users/verifyXYZ", true},
		{`/users/verify$`, "/users/verify", "/admin/users/verify", true},
		{`^(/a|/b)$`, "/a /b", "/ab /a/b /b/a", false},
		{`^/a$|^/b$`, "/a /b", "/ab /a/b", false},
		{`^/a|/b$`, "/a /b", "/ab /x/b /a/b", true},
		{`/a|/b`, "/a /b", "/ab /x/a", true},
		{`.+\.js`, "/app.js /static/app.js", "/users/5.json /app.js/x /app.js%2f /app%2ejs", true},
		{`^/docs/.*$`, "/docs/ /docs/a /docs/a/b", "/docs /doc/a /x/docs/a /docs/%61 /docs/%252e", false},
		{`^/docs/.*`, "/docs/ /docs/a/b", "/docs", false},
		{`^/docs/.+`, "/docs/a", "/docs/", false},
		{`.*/health`, "/health /a/health", "/health/x /healthy", true},
		{`/docs/[^/]+`, "/docs/a", "/docs/a/b /docs/", true},
		{`/favicon\.ico`, "/favicon.ico", "/faviconxico", true},
		{`/favicon.ico`, "/favicon.ico /faviconxico", "/favicon..ico", true},
		{`/(?i)docs`, "/docs /DOCS", "/docs/", true},
		{`(?m)^/a$`, "/a", "/b /a%0a/b", true},
		{`/`, "/", "/a", true},
		{`/a\Q.b`, "/a.b", "/aXb /a.b/c", true},
		{`/v(1|2)/(?:a|b)?c`, "/v1/c /v2/ac", "/v1/ac/d /v3/c", true},
		{`/a\z`, "/a", "/a/b", true},
		{`/docs/\*`, "/docs/*", "/docs/a /docs/a/b", true}, // not the wildcard of core.PublicRoutes
	} {
		quoted, err := json.Marshal(c.pattern)
		require.NoError(t, err)
		settings := p.config(t, `{"keysDir": "KEYS", "jwt": {}, "ignorePatterns": [`+string(quoted)+`]}`)
		s := p.open(t, `{"keysDir": "KEYS", "jwt": {}, "ignorePatterns": [`+string(quoted)+`]}`)
		for target := range strings.FieldsSeq(c.open) {
			assert.Equal(t, 200, status(t, s, "GET "+target, ""), "%s opens %s", c.pattern, target)
			assert.Equal(t, 200, status(t, s, "DELETE "+target, ""), "%s opens %s for every method", c.pattern, target)
		}
		for target := range strings.FieldsSeq(c.closed) {
			assert.Contains(t, []int{400, 401}, status(t, s, "GET "+target, ""), "%s does not open %s", c.pattern, target)
		}
		assert.Equal(t, c.changed, len(settings.Warnings()) > 0, "%s changed", c.pattern)
	}
}

// TestAuditsKnowPublicPaths holds that a pattern without a wildcard is one of core.PublicRoutes.
func TestAuditsKnowPublicPaths(t *testing.T) {
	p := newPlatform(t)
	s := p.open(t, `{"keysDir": "KEYS", "jwt": {}, "ignorePatterns": ["/users/verify", "^/favicon\\.ico$", "/docs/.*"]}`)
	assert.Contains(t, described.Of(s.Chain()).String(), "public: /users/verify, /favicon.ico")
}

func TestIgnoreHTTPMethods(t *testing.T) {
	p := newPlatform(t)
	preflight := []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "DELETE"}
	for _, c := range []struct {
		name, methods string
		request       string
		header        []string
		want          int
	}{
		{"a preflight, by default", ``, "OPTIONS /orders/7", preflight, 200},
		{"a preflight", `, "ignoreHttpMethods": ["OPTIONS"]`, "OPTIONS /orders/7", preflight, 200},
		{"in small letters, as the original allows", `, "ignoreHttpMethods": ["options"]`, "OPTIONS /orders/7", preflight, 200},
		{"no method", `, "ignoreHttpMethods": []`, "OPTIONS /orders/7", preflight, 401},
		{"another method with the header of a preflight", ``, "DELETE /orders/7", preflight, 401},
		{"OPTIONS of no preflight", ``, "OPTIONS /orders/7", nil, 401},
		{"without an origin", ``, "OPTIONS /orders/7", preflight[2:], 401},
		{"without a method", ``, "OPTIONS /orders/7", preflight[:2], 401},
		{"two origins", ``, "OPTIONS /orders/7", append([]string{"Origin", "https://other.example"}, preflight...), 401},
		{"with a credential", ``, "OPTIONS /orders/7", append([]string{"Authorization", "Bearer x"}, preflight...), 401},
		{"a malformed path", ``, "OPTIONS /orders//7", preflight, 400},
		{"in small letters in the request", ``, "options /orders/7", preflight, 401},
	} {
		s := p.open(t, `{"keysDir": "KEYS", "jwt": {}`+c.methods+`}`)
		assert.Equal(t, c.want, status(t, s, c.request, "", c.header...), c.name)
	}
	assert.Equal(t, 200, status(t, p.open(t, `{"keysDir": "KEYS", "jwt": {}}`), "OPTIONS /", p.jwt.Microkubes(coretest.Claims{})))
}

// FuzzUnchangedPatterns holds that a pattern without a warning opens the same paths as in the original, where a match anywhere in
// the path was enough.
func FuzzUnchangedPatterns(f *testing.F) {
	for _, pattern := range []string{`^/a$|^/b$`, `^(/docs/.*|/a)$`, `^/docs/.+`, `.*/health$`, `^(?:/a|/b)+$`, `(^/a|^/b).*`, `^^/a$$`, `^/(a|b$)`, `^$|/a$`, `^/a.*?`, `^/a.*\Q`} {
		f.Add(pattern, "/docs/a")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		quoted, err := json.Marshal(pattern)
		if err != nil || strings.ContainsAny(path, "\n\r") {
			return
		}
		c, err := config.Parse([]byte(`{"security": {"keysDir": "/keys", "jwt": {}, "ignorePatterns": [` + string(quoted) + `]}}`))
		if err != nil || len(c.Warnings()) > 0 {
			return
		}
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		require.NoError(t, err)
		original, whole := regexp.MustCompile(pattern), regexp.MustCompile(`\A(?:`+parsed.String()+`)\z`)
		if original.MatchString(path) != whole.MatchString(path) {
			t.Fatalf("%q has no warning, and the original opens %q or not", pattern, path)
		}
	})
}

// TestPatternsForEverything has patterns, and lists of them, that open paths which have nothing in common. Each is refused, however
// it is written, and also if it leaves some paths out.
func TestPatternsForEverything(t *testing.T) {
	const refused, warned, plain = "every path or nearly every path", "matches every path with some number of segments", ""
	for _, c := range []struct {
		patterns string
		want     string
	}{
		{`.*`, refused}, {`/.*`, refused}, {`^/.+$`, refused}, {`\x2f.*`, refused}, {`[^\n]*`, refused}, {`(?s:.*)`, refused},
		{`(?i)/.*`, refused}, {`(?U)/.*`, refused}, {`/a{0}.*`, refused}, {`/orders|.*`, refused}, {`/(orders)?.*`, refused},
		{`(/[^/]+)+`, refused}, {`(/[^/]+)*/?`, refused}, {`(/[a-z]+){1,3}`, refused}, {`/\pL.*`, refused}, {`[[:print:]]*`, refused},
		{`/[^B]*`, refused}, {`/[^b]*`, refused}, {`/[^a].*`, refused}, {`/[^.]*`, refused}, {`.*[^/]`, refused}, {`.*[^s]`, refused},
		{`/[a-z/]*`, refused}, {`/[a-z0-9/_-]*`, refused}, {`/[\w/]*`, refused}, {`/.{2,}`, refused}, {`/.{1,200}`, refused},
		{`/[a-m].*`, refused}, {`/([^a].*|a[^d].*|ad[^m].*)`, refused}, {`/[^/]+/.*`, refused}, {`.*/.*`, refused},
		{`/[^/]+ /[^/]+/[^/]+`, refused}, {`/[a-m].* /[n-z].*`, refused}, {`/[a-f].* /[g-m].* /[n-z].*`, refused},
		{`/a /[^/]+/.* /b`, refused},

		{`/[^/]+`, warned}, {`/[^/]+/?`, warned}, {`/[A-Za-z0-9]+`, warned}, {`/[^/]+/[^/]+`, warned}, {`/\w{1,8}`, warned},

		{`/v.*`, plain}, {`/docs/.*`, plain}, {`.+\.js`, plain}, {`.*/health`, plain}, {`/(docs|static)/.*`, plain},
		{`/[0-9a-f]{24}`, plain}, {`/[0-9]+`, plain}, {`/[^/]+/public/.*`, plain}, {`/[a-z]{2}`, plain}, {`/|`, plain}, {`(?i)`, plain},
		{`/docs/.* /static/.* /favicon\.ico /users/[^/]+/picture`, plain},
	} {
		quoted, err := json.Marshal(strings.Fields(c.patterns))
		require.NoError(t, err)
		settings, err := config.Parse([]byte(`{"security": {"keysDir": "/keys", "jwt": {}, "ignorePatterns": ` + string(quoted) + `}}`))
		if c.want == refused {
			assert.ErrorContains(t, err, refused, c.patterns)
			continue
		}
		require.NoError(t, err, c.patterns)
		if warnings := strings.Join(settings.Warnings(), "\n"); c.want == warned {
			assert.Contains(t, warnings, warned, c.patterns)
		} else {
			assert.NotContains(t, warnings, warned, c.patterns)
		}
	}
}

// TestPatternsForTheWholeService has patterns that leave nothing to protect of what the gateway sends.
func TestPatternsForTheWholeService(t *testing.T) {
	for _, c := range []struct {
		paths, patterns string
		open            bool
	}{
		{`["/orders"]`, `["/orders/.*"]`, true},
		{`["/orders/"]`, `["/orders.*"]`, true},
		{`["/orders", "/carts"]`, `["/orders/.*", "/carts/.*"]`, true},
		{`["/orders", "/carts"]`, `["/(orders|carts)/.*"]`, true},
		{`["/orders", "/carts"]`, `["/orders/.*"]`, false},
		{`["/orders"]`, `["/orders/[^/]+"]`, false},
		{`["/orders"]`, `["/orders", "/orders/health", "/orders/docs/.*"]`, false},
		{`[]`, `["/orders/.*"]`, false},
	} {
		settings, err := config.Parse([]byte(`{"service": {"name": "orders", "paths": ` + c.paths + `},
			"security": {"keysDir": "/keys", "jwt": {}, "ignorePatterns": ` + c.patterns + `}}`))
		require.NoError(t, err, c.patterns)
		warnings := strings.Join(settings.Warnings(), "\n")
		says := "line 2: security.ignorePatterns: opens every path below service.paths"
		if c.open {
			assert.Contains(t, warnings, says, c.patterns)
		} else {
			assert.NotContains(t, warnings, says, c.patterns)
		}
	}
}
