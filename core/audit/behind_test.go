package audit_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/audit"
)

// listed returns routes such as "GET a.test/x". One that ends in ! is undecided, and one that ends in ~ is public; the others are
// guarded.
func listed(t *testing.T, lines []string) (routes []audit.Route) {
	t.Helper()
	for _, line := range lines {
		method, rest, _ := strings.Cut(line, " ")
		host, path, _ := strings.Cut(rest, "/")
		if method == "any" {
			method = ""
		}
		switch {
		case strings.HasSuffix(path, "!"):
			routes = append(routes, audit.NewRoute(host, method, "/"+strings.TrimSuffix(path, "!")))
		case strings.HasSuffix(path, "~"):
			routes = append(routes, audit.NewRoute(host, method, "/"+strings.TrimSuffix(path, "~"), chain(t).Public()))
		default:
			routes = append(routes, audit.NewRoute(host, method, "/"+path, chain(t)))
		}
	}
	return routes
}

func paths(paths ...string) audit.Published { return audit.Published{Paths: paths} }

func TestBehind(t *testing.T) {
	type strs = []string
	type gateway = []audit.Published
	stripped := func(paths ...string) audit.Published { return audit.Published{Paths: paths, StripPath: true} }
	for _, c := range []struct {
		name     string
		routes   strs
		gateway  gateway
		internal strs
		want     strs // kind, path or method and route
	}{
		{"nothing at all", nil, nil, nil, nil},
		{"the same path", strs{"GET /orders"}, gateway{paths("/orders")}, nil, nil},
		{"a public one", strs{"GET /health~"}, gateway{paths("/health")}, nil, nil},
		{"published and not there", strs{"GET /orders"}, gateway{paths("/orders", "/admin")}, nil, strs{"no route: /admin"}},
		{"published and undecided", strs{"GET /orders", "GET /admin!"}, gateway{paths("/orders", "/admin")}, nil,
			strs{"undecided: /admin GET /admin"}},
		{"an undecided route below a decided one", strs{"GET /orders", "GET /orders/debug!"}, gateway{paths("/orders")}, nil,
			strs{"undecided: /orders GET /orders/debug"}},
		{"an undecided route beside a decided one", strs{"GET /orders", "GET /orders-debug!"}, gateway{paths("/orders")}, nil,
			strs{"undecided: /orders GET /orders-debug", "beyond: /orders GET /orders-debug"}},
		{"an undecided route elsewhere", strs{"GET /orders", "GET /debug!"}, gateway{paths("/orders")}, nil, nil},
		{"a route that is not published", strs{"GET /orders", "GET /users"}, gateway{paths("/orders")}, nil, strs{"unreached: GET /users"}},
		{"a public route that is not published", strs{"GET /orders", "GET /health~"}, gateway{paths("/orders")}, nil, strs{"unreached: GET /health"}},
		{"no gateway", strs{"GET /orders"}, nil, nil, strs{"unreached: GET /orders"}},
		{"an internal route", strs{"GET /orders", "GET /metrics"}, gateway{paths("/orders")}, strs{"/metrics"}, nil},
		{"an internal route that is published", strs{"GET /metrics"}, gateway{paths("/")}, strs{"/metrics"}, strs{"exposed: / GET /metrics"}},
		{"an internal route in the middle of a segment", strs{"GET /m", "GET /metrics"}, gateway{paths("/m")}, strs{"/metrics"},
			strs{"exposed: /m GET /metrics"}},
		{"an internal path without a route", strs{"GET /orders"}, gateway{paths("/orders")}, strs{"/metrics"}, strs{"stale: /metrics"}},
		{"a prefix goes on in a segment", strs{"GET /orders", "GET /orders-old"}, gateway{paths("/orders")}, nil, strs{"beyond: /orders GET /orders-old"}},
		{"a prefix whose only route goes on in a segment", strs{"GET /admin-old"}, gateway{paths("/admin")}, nil,
			strs{"no route: /admin", "beyond: /admin GET /admin-old"}},
		{"and both are published", strs{"GET /orders", "GET /orders-old"}, gateway{paths("/orders", "/orders-old")}, nil, nil},
		{"a prefix that ends with a slash", strs{"GET /orders/:id", "GET /orders-old"}, gateway{paths("/orders/")}, nil, strs{"unreached: GET /orders-old"}},
		{"a slash too many", strs{"GET /orders"}, gateway{paths("/orders/")}, nil, strs{"no route: /orders/", "unreached: GET /orders"}},
		{"a slash too few", strs{"GET /orders/"}, gateway{paths("/orders")}, nil, nil},
		{"the root", strs{"GET /", "GET /a/:b/c"}, gateway{paths("/")}, nil, nil},
		{"no path is every path", strs{"GET /orders", "GET /debug!"}, gateway{{}}, nil, strs{"undecided: / GET /debug"}},
		{"case", strs{"GET /Orders"}, gateway{paths("/orders")}, nil, strs{"no route: /orders", "unreached: GET /Orders"}},
		{"an escape", strs{"GET /a b"}, gateway{paths("/a%20b")}, nil, nil},
		{"an escape in the route", strs{"GET /a%20b"}, gateway{paths("/a b")}, nil, nil},
		{"a reserved escape", strs{"GET /a/b"}, gateway{paths("/a%2Fb")}, nil, strs{"no route: /a%2Fb", "unreached: GET /a/b"}},
		{"characters of expressions", strs{"GET /f(1)"}, gateway{paths("/f(1)", "/f.1.")}, nil, strs{"no route: /f.1."}},

		{"a parameter of Echo, Fiber and Gin", strs{"GET /orders/:id"}, gateway{paths("/orders")}, nil, nil},
		{"a parameter of net/http", strs{"GET /orders/{id}"}, gateway{paths("/orders/7")}, nil, nil},
		{"a parameter of chi", strs{"GET /orders/{id:[0-9]{2}}"}, gateway{paths("/orders/7")}, nil, nil},
		{"a parameter of chi is one segment", strs{"GET /orders/{id:[0-9]+}"}, gateway{paths("/orders/7/lines")}, nil,
			strs{"no route: /orders/7/lines", "unreached: GET /orders/{id:[0-9]+}"}},
		{"the rest in net/http", strs{"GET /files/{rest...}"}, gateway{paths("/files/a/b")}, nil, nil},
		{"a subtree of net/http", strs{"any /files/{...}"}, gateway{paths("/files")}, nil, nil},
		{"the rest in Gin", strs{"GET /files/*file"}, gateway{paths("/files/a/b")}, nil, nil},
		{"the rest in Echo", strs{"GET /files/*"}, gateway{paths("/files/a/b", "/file")}, nil, strs{"no route: /file"}},
		{"one or more in Fiber", strs{"GET /files/+"}, gateway{paths("/files/a/b")}, nil, nil},
		{"a parameter that takes the rest", strs{"GET /a/{id+}", "GET /b/{id+}"}, gateway{paths("/a/7/x", "~/b/$")}, nil,
			strs{"no route: ~/b/$", "unreached: GET /b/{id+}"}},
		{"optional in Fiber", strs{"GET /orders/:id?"}, gateway{paths("~/orders$")}, nil, nil},
		{"a condition of Fiber", strs{"GET /orders/:id<regex(a/b)>"}, gateway{paths("/orders/7/lines")}, nil,
			strs{"no route: /orders/7/lines", "unreached: GET /orders/:id<regex(a/b)>"}},
		{"a parameter behind text", strs{"GET /user_:name"}, gateway{paths("/user_ann", "/users")}, nil, strs{"no route: /users"}},
		{"an escaped colon", strs{`GET /orders\:cancel`}, gateway{paths("/orders:cancel", "/ordersx")}, nil, strs{"no route: /ordersx"}},
		{"below a parameter", strs{"GET /orders/:id"}, gateway{paths("/orders/7/lines")}, nil, strs{"no route: /orders/7/lines", "unreached: GET /orders/:id"}},
		{"a parameter first", strs{"GET /:tenant/orders"}, gateway{paths("/acme/orders")}, nil, nil},
		{"only paths of another route", strs{"GET /orders/:id", "GET /orders/new"}, gateway{paths("~/orders/new$")}, nil, strs{"unreached: GET /orders/:id"}},
		{"only paths of two other routes", strs{"GET /:a", "GET /x", "GET /y"}, gateway{paths("~/[xy]$")}, nil, strs{"unreached: GET /:a"}},
		{"and one more path", strs{"GET /:a", "GET /x", "GET /y"}, gateway{paths("~/[xyz]$")}, nil, nil},
		{"another method does not take them", strs{"GET /orders/:id", "POST /orders/new"}, gateway{paths("~/orders/new$")}, nil, nil},

		{"a condition does not take them", strs{"GET /orders/:id<int>", "GET /orders/*!"}, gateway{paths("~/orders/new$")}, nil,
			strs{"undecided: ~/orders/new$ GET /orders/*"}},
		{"nor one of chi", strs{"GET /orders/{id:[0-9]+}", "GET /orders/*!"}, gateway{paths("~/orders/new$")}, nil,
			strs{"undecided: ~/orders/new$ GET /orders/*"}},

		{"an expression", strs{"GET /orders/:id"}, gateway{paths(`~/orders/\d+$`)}, nil, nil},
		{"an expression with a counter", strs{"GET /o/:id"}, gateway{paths(`~/o/[0-9a-f]{8}-[0-9a-f]{4}$`)}, nil, nil},
		{"an expression for more", strs{"GET /orders/:id/lines"}, gateway{paths(`~/orders/\d+`)}, nil, nil},
		{"an expression that ends before", strs{"GET /orders/:id/lines"}, gateway{paths(`~/orders/\d+$`)}, nil,
			strs{`no route: ~/orders/\d+$`, "unreached: GET /orders/:id/lines"}},
		{"an expression for another", strs{"GET /users/:id"}, gateway{paths(`~/orders/\d+`)}, nil,
			strs{`no route: ~/orders/\d+`, "unreached: GET /users/:id"}},
		{"an expression ends the segment", strs{"GET /orders", "GET /orders-old"}, gateway{paths("~/orders(?:/|$)")}, nil, strs{"unreached: GET /orders-old"}},
		{"without case", strs{"GET /orders"}, gateway{paths("~(?i)/ORDERS$")}, nil, nil},
		{"the other case", strs{"GET /:a", "GET /K"}, gateway{paths("~(?i)/k$")}, nil, nil},
		{"any other character", strs{"GET /:a", "GET /x", "GET /1", "GET /X", "GET /.", "GET /0"}, gateway{paths("~/.$")}, nil, nil},
		{"an alternative without an anchor", strs{"GET /a", "GET /x/b"}, gateway{paths("~/a|/b")}, nil, nil},
		{"a lookahead", strs{"GET /orders"}, gateway{paths("~/(?!admin)")}, nil, strs{"cannot tell: ~/(?!admin)", "cannot tell: ~/(?!admin) GET /orders"}},
		{"a lookahead with a method", strs{"GET /orders"}, gateway{{Paths: strs{"~/(?!admin)"}, Methods: strs{"GET"}}}, nil,
			strs{"cannot tell: ~/(?!admin)", "cannot tell: ~/(?!admin) GET /orders"}},
		{"a lookahead beside a prefix", strs{"GET /orders"}, gateway{paths("~/(?!admin)", "/orders")}, nil, strs{"cannot tell: ~/(?!admin)"}},
		{"a lookahead beside the middle of a segment", strs{"GET /orders", "GET /orders-old"}, gateway{paths("/orders", "~/(?!admin)")}, nil,
			strs{"cannot tell: ~/(?!admin)"}},
		{"a lookahead and an internal route", strs{"GET /metrics"}, gateway{paths("~/(?!admin)")}, strs{"/metrics"},
			strs{"cannot tell: ~/(?!admin)", "cannot tell: ~/(?!admin) GET /metrics"}},
		{"a lookahead and an undecided route", strs{"GET /x!"}, gateway{paths("~/(?!admin)")}, nil, strs{"cannot tell: ~/(?!admin)", "cannot tell: ~/(?!admin) GET /x"}},
		{"the boundary of a word", strs{"GET /orders"}, gateway{paths(`~/orders\b`)}, nil, strs{`cannot tell: ~/orders\b`, `cannot tell: ~/orders\b GET /orders`}},
		{"an expression that is too large", strs{"GET /*"}, gateway{paths("~/(?:.*x.{30}){2}y$")}, nil,
			strs{"cannot tell: ~/(?:.*x.{30}){2}y$", "cannot tell: ~/(?:.*x.{30}){2}y$ GET /*"}},

		{"stripped", strs{"GET /orders", "GET /"}, gateway{stripped("/api")}, nil, nil},
		{"stripped, with an undecided route", strs{"GET /orders", "GET /debug!"}, gateway{stripped("/api")}, nil, strs{"undecided: /api GET /debug"}},
		{"stripped, with an internal route", strs{"GET /orders", "GET /metrics"}, gateway{stripped("/api/")}, strs{"/metrics"}, strs{"exposed: /api/ GET /metrics"}},
		{"a stripped expression", strs{"GET /orders/:id"}, gateway{stripped(`~/v\d+`)}, nil, nil},
		{"a stripped expression with a slash", strs{"GET /orders"}, gateway{stripped(`~/v\d+/`)}, nil, nil},
		{"a stripped expression that ends", strs{"GET /orders", "GET /"}, gateway{stripped(`~/v\d+$`)}, nil, strs{"unreached: GET /orders"}},
		{"a stripped expression that takes all", strs{"GET /orders"}, gateway{stripped(`~/v.*`)}, nil,
			strs{"cannot tell: ~/v.*", "cannot tell: ~/v.* GET /orders"}},
		{"two prefixes, one stripped", strs{"GET /orders", "GET /api/x"}, gateway{paths("/orders"), stripped("/api")}, nil, nil},
		{"a longer prefix that is not stripped", strs{"GET /orders", "GET /api/orders"}, gateway{stripped("/api"), paths("/api/orders")}, nil,
			strs{"cannot tell: /api GET /orders"}},
		{"a longer prefix that is stripped", strs{"GET /api/v1/x"}, gateway{paths("/api"), stripped("/api/v1")}, nil, strs{"no route: /api"}},
		{"a stripped lookahead", strs{"GET /orders"}, gateway{paths("/orders"), stripped("~/(?!admin)")}, nil,
			strs{"cannot tell: /orders", "cannot tell: ~/(?!admin)", "cannot tell: /orders GET /orders"}},
		{"a longer prefix for another host", strs{"GET /api/v1/x"},
			gateway{{Paths: strs{"/api"}, Hosts: strs{"a.test"}}, {Paths: strs{"/api/v1"}, Hosts: strs{"b.test"}, StripPath: true}}, nil,
			strs{"cannot tell: /api", "cannot tell: /api/v1", "cannot tell: /api GET /api/v1/x"}},
		{"a stripped prefix of a prefix", strs{"GET /v1/x"}, gateway{stripped("/api", "/api/v1")}, nil, strs{"cannot tell: /api"}},

		{"a method", strs{"GET /orders", "POST /orders"}, gateway{{Paths: strs{"/orders"}, Methods: strs{"GET"}}}, nil, strs{"unreached: POST /orders"}},
		{"a method without a route", strs{"GET /orders"}, gateway{{Paths: strs{"/orders"}, Methods: strs{"GET", "DELETE"}}}, nil, strs{"no route: DELETE"}},
		{"HEAD and OPTIONS", strs{"GET /orders"}, gateway{{Paths: strs{"/orders"}, Methods: strs{"GET", "HEAD", "OPTIONS"}}}, nil, nil},
		{"a route for every method", strs{"any /orders"}, gateway{{Paths: strs{"/orders"}, Methods: strs{"GET", "DELETE"}}}, nil, nil},
		{"an undecided route of a method", strs{"GET /orders", "DELETE /orders!"}, gateway{{Paths: strs{"/orders"}, Methods: strs{"GET"}}}, nil, nil},
		{"a method with an undecided route", strs{"GET /a", "DELETE /a!"}, gateway{{Paths: strs{"/a"}, Methods: strs{"GET", "DELETE"}}}, nil,
			strs{"undecided: /a DELETE /a"}},
		{"the methods of two paths", strs{"GET /a", "POST /b"}, gateway{{Paths: strs{"/a", "/b"}, Methods: strs{"GET", "POST"}}}, nil, nil},

		{"a host", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test"}}}, nil, nil},
		{"any host", strs{"GET a.test/x"}, gateway{paths("/x")}, nil, nil},
		{"another host", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"b.test"}}}, nil,
			strs{"no route: /x", "no route: b.test", "unreached: GET a.test/x"}},
		{"a host that no route has", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test", "b.test"}}}, nil, strs{"no route: b.test"}},
		{"a host with a wildcard", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"*.test"}}}, nil, nil},
		{"a wildcard at the end", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.*"}}}, nil, nil},
		{"a wildcard for nothing", strs{"GET test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"*.test"}}}, nil,
			strs{"no route: /x", "no route: *.test", "unreached: GET test/x"}},
		{"case and port of a host", strs{"GET a.test:80/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"A.test"}}}, nil, nil},
		{"the service sees its own name", strs{"GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test"}, ServiceHost: "orders:8080"}}, nil,
			strs{"no route: /x", "unreached: GET a.test/x"}},
		{"and has it", strs{"GET orders/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test"}, ServiceHost: "orders:8080"}}, nil, nil},
		{"a route for one host takes it all", strs{"GET /x", "GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test"}}}, nil, strs{"unreached: GET /x"}},
		{"a route for one host does not take a wildcard", strs{"GET /x!", "GET a.test/x"}, gateway{{Paths: strs{"~/x$"}, Hosts: strs{"*.test"}}}, nil,
			strs{"undecided: ~/x$ GET /x"}},
		{"a route for one host takes its part", strs{"GET /x", "GET a.test/x"}, gateway{{Paths: strs{"/x"}, Hosts: strs{"a.test", "b.test"}}}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := audit.Report{Routes: listed(t, c.routes)}.Behind(c.gateway, c.internal...)
			var got strs
			for _, f := range report.Findings {
				where := strings.TrimSpace(f.At + " " + f.Route.Method + " " + f.Route.Host + f.Route.Path)
				got = append(got, string(f.Kind)+": "+where)
				assert.Contains(t, report.String(), f.Message)
				assert.ErrorContains(t, report.Err(), f.Message)
			}
			assert.Equal(t, c.want, got, report.String())
		})
	}
}

// TestBehindOfAFoldedRoute has a router that serves /Orders, /orders and /orders/ as one, and a gateway that does not.
func TestBehindOfAFoldedRoute(t *testing.T) {
	folded := audit.Report{Routes: []audit.Route{audit.NewFoldedRoute("", "GET", "/Orders", chain(t)), audit.NewFoldedRoute("", "GET", "/", chain(t))}}
	for _, path := range []string{"/orders", "/ORDERS", "/orders/"} {
		assert.NoError(t, folded.Behind([]audit.Published{paths(path, "~/$")}).Err(), path)
	}
	assert.Len(t, folded.Behind([]audit.Published{paths("/order", "~/$")}).Findings, 2, "a prefix and the middle of a segment")
}

// TestBehindOfRoutesInOrder has a router that takes the route that was added first, and not the one that fits best.
func TestBehindOfRoutesInOrder(t *testing.T) {
	page, me := audit.NewFoldedRoute("", "GET", "/:page"), audit.NewFoldedRoute("", "GET", "/me", chain(t))
	for _, c := range []struct {
		name   string
		routes []audit.Route
		want   int
	}{
		{"the wide one is first", []audit.Route{me.InOrder(2, 2), page.InOrder(1, 1)}, 1},
		{"the narrow one is first", []audit.Route{me.InOrder(1, 1), page.InOrder(2, 2)}, 0},
		{"it depends on the method", []audit.Route{me.InOrder(1, 3), page.InOrder(2, 2)}, 1},
		{"the narrow one passes requests on", []audit.Route{me.InOrder(1, math.MaxInt), page.InOrder(2, 2)}, 1},
		{"no order", []audit.Route{me, page}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := audit.Report{Routes: c.routes}.Behind([]audit.Published{paths("~/me$")})
			require.Len(t, report.Findings, c.want, report.String())
			if c.want > 0 {
				assert.Equal(t, audit.Open, report.Findings[0].Kind)
			}
		})
	}
}
