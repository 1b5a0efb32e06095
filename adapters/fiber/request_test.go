package fibersec_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

// seen is what a provider saw of a request.
type seen struct {
	method, path, first string
	n                   int
	all                 []string
	agrees              bool // with what it saw before
}

// see returns what a chain sees of one header field of a request, behind the middleware in front.
func see(t *testing.T, request, field string, front ...fiber.Handler) (s seen) {
	t.Helper()
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		s.method, s.path = strings.Clone(r.Method()), strings.Clone(r.RoutePath())
		first, n := r.Header(field)
		s.first, s.n = strings.Clone(first), n
		fields, ok := core.RequestAs[core.FieldLines](r)
		require.True(t, ok)
		for _, line := range fields.FieldLines(field) {
			s.all = append(s.all, strings.Clone(line))
		}
		again, m := r.Header(field)
		if conn, ok := core.RequestAs[interface{ TLSState() *tls.ConnectionState }](r); assert.True(t, ok) {
			assert.Nil(t, conn.TLSState(), "a connection without TLS")
		}
		s.agrees = again == s.first && m == n && len(s.all) == n && (n == 0 || s.all[0] == s.first)
		return core.BreakChain
	})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	for _, f := range front {
		app.Use(f)
	}
	app.Use(newSecurity(t, look).Middleware, ok)
	answer := exchange(t, prepared(t, app), request)
	require.Contains(t, answer, "served")
	return s
}

// TestLinesOfAField has the fields of which fasthttp keeps less than was sent, behind middleware that reads or changes them, and
// some other fields.
func TestLinesOfAField(t *testing.T) {
	parse := func(c *fiber.Ctx) error { c.Cookies("any"); return c.Next() }
	change := func(change func(h *fasthttp.RequestHeader)) fiber.Handler {
		return func(c *fiber.Ctx) error { change(&c.Request().Header); return c.Next() }
	}
	setCookie := change(func(h *fasthttp.RequestHeader) { h.SetCookie("b", "9") })
	delCookie := change(func(h *fasthttp.RequestHeader) { h.DelCookie("a") })
	del := func(name string) fiber.Handler { return change(func(h *fasthttp.RequestHeader) { h.Del(name) }) }
	set := func(name, value string) fiber.Handler {
		return change(func(h *fasthttp.RequestHeader) { h.Set(name, value) })
	}
	visit := change(func(h *fasthttp.RequestHeader) {
		for range h.AllInOrder() {
		}
	})
	const chunks = "Transfer-Encoding: chunked\n"
	for name, c := range map[string]struct {
		sent  string // lines
		field string
		front fiber.Handler
		want  []string
	}{
		"one cookie line":                 {"Cookie: a=1; b=2\n", "Cookie", nil, []string{"a=1; b=2"}},
		"one, parsed":                     {"Cookie: a=1;b=2\n", "Cookie", parse, []string{"a=1;b=2"}},
		"two cookie lines":                {"Cookie: a=1\nCookie: b=2\n", "Cookie", nil, []string{"a=1", "b=2"}},
		"two, parsed":                     {"Cookie: a=1\nX: y\ncookie:  b=2\n", "Cookie", parse, []string{"a=1", "b=2"}},
		"two, parsed, odd spaces":         {"Cookie: a=1;b=\"2\"\nCookie: \tc=3 ;; d\n", "Cookie", parse, []string{`a=1;b="2"`, "c=3 ;; d"}},
		"two of one name, parsed":         {"Cookie: a=1\nCookie: a=2\n", "Cookie", parse, []string{"a=1", "a=2"}},
		"six, parsed":                     {strings.Repeat("Cookie: a=1\n", 6), "Cookie", parse, []string{"a=1", "a=1", "a=1", "a=1", "a=1", "a=1"}},
		"two, one was set":                {"Cookie: a=1\nCookie: b=2\n", "Cookie", setCookie, []string{"a=1; b=9"}},
		"two, one was deleted":            {"Cookie: a=1\nCookie: b=2\n", "Cookie", delCookie, []string{"b=2"}},
		"one, which was deleted":          {"Cookie: a=1\n", "Cookie", delCookie, nil},
		"two, all were deleted":           {"Cookie: a=1\nCookie: b=2\n", "Cookie", del("Cookie"), nil},
		"no cookie":                       {"", "Cookie", nil, nil},
		"no cookie, parsed":               {"", "Cookie", parse, nil},
		"no cookie, one was set":          {"", "Cookie", setCookie, []string{"b=9"}},
		"an empty cookie line":            {"Cookie:\n", "Cookie", nil, []string{""}},
		"an empty one, parsed":            {"Cookie:\n", "Cookie", parse, []string{""}},
		"an empty one and one, parsed":    {"Cookie: \nCookie: a=1\n", "Cookie", parse, []string{"", "a=1"}},
		"two agents":                      {"User-Agent: a\nuser-agent: b\n", "User-Agent", nil, []string{"a", "b"}},
		"two agents, the last empty":      {"User-Agent: a\nUser-Agent:\n", "User-Agent", nil, []string{"a", ""}},
		"two agents, the first empty":     {"User-Agent:\nUser-Agent: b\n", "User-Agent", nil, []string{"", "b"}},
		"an empty agent":                  {"User-Agent:\n", "User-Agent", nil, []string{""}},
		"two agents, a folded one":        {"User-Agent: a\nUser-Agent: b\n c\n", "User-Agent", nil, []string{"a", "b   c"}},
		"a folded one behind, visited":    {"User-Agent: a\nUser-Agent: b\n c\n", "User-Agent", visit, []string{"a", "b c c"}},
		"a folded type, visited":          {"Content-Type: a/b\nContent-Type: c\n d\n", "Content-Type", visit, []string{"a/b", "c d d"}},
		"begins with a line break":        {"User-Agent: a\nUser-Agent:\n b\n", "User-Agent", visit, []string{"a", "b b"}},
		"a folded cookie, parsed":         {"Cookie: a=1;\n b=2\nCookie: c=3\n", "Cookie", parse, []string{"a=1;   b=2", "c=3"}},
		"a folded agent":                  {"User-Agent: a\n \tb\n", "User-Agent", nil, []string{"a b"}},
		"two agents, another was set":     {"User-Agent: a\nUser-Agent: b\n", "User-Agent", set("User-Agent", "c"), []string{"c"}},
		"two agents, deleted":             {"User-Agent: a\nUser-Agent: b\n", "User-Agent", del("User-Agent"), nil},
		"no agent, one was set":           {"", "User-Agent", set("User-Agent", "c"), []string{"c"}},
		"no agent":                        {"", "User-Agent", nil, nil},
		"two types":                       {"Content-Type: a/b\nContent-Type: c/d\n", "Content-Type", nil, []string{"a/b", "c/d"}},
		"an empty type":                   {"Content-Type:\n", "Content-Type", nil, []string{""}},
		"close and another":               {"Connection: x\nConnection: close\n", "Connection", nil, []string{"x", "close"}},
		"two others":                      {"X-User: ann\nX-User: bob\n", "X-User", nil, []string{"ann", "bob"}},
		"an empty other":                  {"X-User:\n", "X-User", nil, []string{""}},
		"one was set":                     {"X-User: ann\n", "X-User", set("X-User", "eve"), []string{"eve"}},
		"one was deleted":                 {"X-User: ann\nX-User: bob\n", "X-User", del("X-User"), nil},
		"a trailer":                       {chunks + "\n1\na\n0\nX-User: eve\n", "X-User", nil, nil},
		"set where trailers may be":       {chunks + "\n1\na\n0\n", "X-User", set("X-User", "ann"), nil},
		"a trailer of the same name":      {chunks + "X-User: ann\n\n1\na\n0\nX-User: eve\n", "X-User", nil, []string{"ann"}},
		"a trailer behind no body":        {chunks + "\n0\nX-User: eve\n", "X-User", nil, nil},
		"a trailer, the field was set":    {chunks + "X-User: ann\n\n1\na\n0\nX-User: eve\n", "X-User", set("X-User", "bob"), []string{"bob"}},
		"a trailer, the field is deleted": {chunks + "X-User: ann\n\n1\na\n0\nX-User: eve\n", "X-User", del("X-User"), nil},
		"a name with more behind it":      {"Cookies: a=1\nCookie: b=2\n", "Cookie", parse, []string{"b=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			request := strings.ReplaceAll("POST /x HTTP/1.1\nHost: a\n"+c.sent+"\n", "\n", "\r\n")
			var front []fiber.Handler
			if c.front != nil {
				front = append(front, c.front)
			}
			s := see(t, request, c.field, front...)
			assert.Equal(t, c.want, s.all)
			assert.True(t, s.agrees, "Header and FieldLines agree: %+v", s)
		})
	}
}

// TestHTTP10HasNoConnectionField has a request for which fasthttp invents a Connection field.
func TestHTTP10HasNoConnectionField(t *testing.T) {
	s := see(t, "GET /x HTTP/1.0\r\n\r\n", "Connection")
	assert.Zero(t, s.n)
}

// TestTokenInTwoCookieLines has a token in each of two Cookie lines, behind middleware that has parsed them.
func TestTokenInTwoCookieLines(t *testing.T) {
	var token string
	var err error
	find := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		token, err = core.Cookie(r, "token")
		token = strings.Clone(token)
		return core.BreakChain
	})
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error { c.Cookies("x"); return c.Next() }, newSecurity(t, find).Middleware, ok)
	r := httptest.NewRequest("GET", "/x", nil)
	r.Header["Cookie"] = []string{"a=b; token=t", "c=d"}
	do(t, app, r)
	require.NoError(t, err)
	assert.Equal(t, "t", token)
	r.Header["Cookie"] = []string{"token=t", "token=u"}
	do(t, app, r)
	require.Error(t, err)
}

func TestMethodIsTheRouters(t *testing.T) {
	override := func(c *fiber.Ctx) error { c.Method(c.Get("X-Method")); return c.Next() }
	buffer := func(c *fiber.Ctx) error { c.Request().Header.SetMethod(c.Get("X-Buffer")); return c.Next() }
	chain, err := core.NewSecurityChain(core.PublicRoutes("POST /orders/*", "PUT /orders/*", "DELET /orders/*"), byName)
	require.NoError(t, err)
	sec := fibersec.New(chain)
	for _, immutable := range []bool{false, true} {
		app := fiber.New(fiber.Config{Immutable: immutable})
		app.Use(override, buffer)
		app.Use(sec.Middleware)
		app.All("/orders/:id", func(c *fiber.Ctx) error { return c.SendString(c.Route().Method) })
		for _, c := range []struct {
			sent, override, buffer string
			status                 int
			body                   string
		}{
			{"POST", "", "", 200, "POST"},
			{"POST", "DELETE", "", 401, ""},
			{"POST", "delete", "", 401, ""},
			{"DELETE", "POST", "", 200, "POST"},
			{"DELETE", "post", "", 200, "POST"},
			{"POST", "NONSENSE", "", 200, "POST"},
			{"DELETE", "", "POST", 401, ""},
			{"DELETE", "", "DELET", 401, ""},
			{"GET", "", "POST", 401, ""},
			{"GET", "", "PUT", 401, ""},
			{"PUT", "", "GET", 200, "PUT"},
			{"POST", "", "DELETE", 200, "POST"},
			{"POST", "DELETE", "POST", 401, ""},
			{"DELETE", "POST", "DELETE", 200, "POST"},
		} {
			r := httptest.NewRequest(c.sent, "/orders/1", nil)
			if c.override != "" {
				r.Header.Set("X-Method", c.override)
			}
			r.Header.Set("X-Buffer", c.sent)
			if c.buffer != "" {
				r.Header.Set("X-Buffer", c.buffer)
			}
			res, body := do(t, app, r)
			assert.Equal(t, c.status, res.StatusCode, "%+v", c)
			if c.status == 200 {
				assert.Equal(t, c.body, body, "%+v", c)
			}
		}
	}
}

// TestOddMethodIsNotFolded has methods that Fiber does not know, and one that an app adds.
func TestOddMethodIsNotFolded(t *testing.T) {
	var methods []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		methods = append(methods, strings.Clone(r.Method()))
		return core.BreakChain
	})
	app := fiber.New(fiber.Config{RequestMethods: append([]string{"PURGE", "get"}, fiber.DefaultMethods...)})
	app.Use(newSecurity(t, look).Middleware, ok)
	for method, status := range map[string]int{"PURGE": 200, "get": 200, "gEt": 400, "post": 400} {
		r := httptest.NewRequest("GET", "/x", nil)
		r.Method = method
		res, _ := do(t, app, r)
		assert.Equal(t, status, res.StatusCode, method)
	}
	assert.ElementsMatch(t, []string{"PURGE", "get"}, methods)
}

// TestPathIsTheRouters has a rewrite in front, groups, and a mounted app.
func TestPathIsTheRouters(t *testing.T) {
	chain, err := core.NewSecurityChain(core.PublicRoutes("/public/*", "/v1/public/*"), byName)
	require.NoError(t, err)
	sec := fibersec.New(chain.WithLogger(slog.New(slog.DiscardHandler)))
	inner := fiber.New()
	inner.Use(sec.Middleware)
	inner.Get("/:kind/:id", func(c *fiber.Ctx) error { return c.SendString(c.Params("kind")) })
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		if to := c.Get("X-To"); to != "" {
			c.Path(to)
		}
		if to := c.Get("X-Uri"); to != "" { // the router does not look there again
			c.Request().URI().SetPath(to)
			c.Request().SetRequestURI(to)
		}
		return c.Next()
	})
	app.Mount("/v1", inner)
	app.Group("/", sec.Middleware).Get("/:kind/:id", func(c *fiber.Ctx) error { return c.SendString(c.Params("kind")) })
	for _, c := range []struct {
		sent, to, uri string
		status        int
		body          string
	}{
		{"/public/1", "", "", 200, "public"},
		{"/orders/1", "", "", 401, ""},
		{"/public/1", "/orders/1", "", 401, ""},
		{"/orders/1", "/public/1", "", 200, "public"},
		{"/public/1", "", "/orders/1", 200, "public"},
		{"/orders/1", "", "/public/1", 401, ""},
		{"/v1/public/1", "", "", 200, "public"},
		{"/v1/orders/1", "", "", 401, ""},
		{"/public/1", "/v1/orders/1", "", 401, ""},
		{"/v1/orders/1", "/v1/public/1", "", 200, "public"},
		{"/public/1", "/public/..%2Forders", "", 400, ""},
		{"/public/1#a", "/public/1", "", 400, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI = c.sent
		r.Header.Set("X-To", c.to)
		r.Header.Set("X-Uri", c.uri)
		res, body := do(t, app, r)
		assert.Equal(t, c.status, res.StatusCode, "%+v", c)
		if c.status == 200 {
			assert.Equal(t, c.body, body, "%+v", c)
		}
	}
}
