package audit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/audit"
)

type named struct{}

func (named) Name() string { return "named" }
func (named) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	return nil
}

func chain(t testing.TB, providers ...core.Provider) *core.SecurityChain {
	t.Helper()
	c, err := core.NewSecurityChain(append(providers, named{})...)
	require.NoError(t, err)
	return c
}

func TestDecisions(t *testing.T) {
	closed, optional := chain(t), chain(t, core.Optional())
	policies, err := acl.Parse([]byte(`{"policies": [{"id": "p", "effect": "allow", "subjects": ["<.*>"], "actions": ["GET"], "resources": ["/x"]}]}`))
	require.NoError(t, err)
	type chains = []*core.SecurityChain
	for _, c := range []struct {
		name   string
		chains chains
		want   audit.Decision
		remedy string
	}{
		{"no chain", nil, audit.Undecided, "no guard was found"},
		{"a nil chain", chains{nil}, audit.Undecided, "no guard was found"},
		{"closed", chains{closed}, audit.Guarded, ""},
		{"the zero chain refuses", chains{new(core.SecurityChain)}, audit.Guarded, ""},
		{"public", chains{closed.Public()}, audit.Public, ""},
		{"public inside a guard", chains{closed, closed.Public()}, audit.Guarded, ""},
		{"a guard inside public", chains{closed.Public(), closed}, audit.Guarded, ""},
		{"public with another check", chains{closed.With(named{}).Public()}, audit.Public, ""},
		{"public that requires a role", chains{closed.With(core.RequireRoles("a")).Public()}, audit.Guarded, "refuses every request"},
		{"optional", chains{optional}, audit.Optional, ""},
		{"optional and required", chains{optional.With(core.RequireAuth())}, audit.Guarded, ""},
		{"optional and a policy", chains{optional.With(policies)}, audit.Guarded, ""},
		{"optional and another check", chains{optional.With(named{})}, audit.Optional, ""},
		{"then", chains{closed, closed.Then()}, audit.Guarded, ""},
		{"then behind optional", chains{optional, optional.Then()}, audit.Guarded, ""},
		{"then alone", chains{closed.Then()}, audit.Guarded, "refuses every request"},
		{"then behind public", chains{closed.Public(), closed.Then()}, audit.Guarded, "refuses every request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := audit.NewRoute("", "GET", "/x", c.chains...)
			assert.Equal(t, c.want, r.Decision, r.Decision.String())
			if c.remedy == "" {
				assert.Empty(t, r.Remedy)
			}
			assert.Contains(t, r.Remedy, c.remedy)
		})
	}
}

func TestPublicRoutes(t *testing.T) {
	for _, c := range []struct {
		pattern, method, path string
		want                  audit.Decision
	}{
		{"/a", "GET", "/a", audit.Public},
		{"/a", "", "/a", audit.Public},
		{"/a", "GET", "/a/", audit.Guarded},
		{"/a", "GET", "/b", audit.Guarded},
		{"GET /a", "GET", "/a", audit.Public},
		{"GET /a", "HEAD", "/a", audit.Public},
		{"GET /a", "POST", "/a", audit.Guarded},
		{"HEAD /a", "GET", "/a", audit.Partly},
		{"GET /a", "", "/a", audit.Partly},
		{"GET /a", "", "/b", audit.Guarded},
		{"/a/*", "GET", "/a/:id", audit.Partly},
		{"/a/b", "GET", "/a/:id", audit.Partly},
		{"/a/b", "GET", "/a/{id}", audit.Partly},
		{"/a/", "GET", "/a/:id", audit.Partly},
		{"/a/b", "GET", "/:x/c", audit.Guarded},
		{"/a/b", "GET", "/a/:id/c", audit.Guarded},
		{"/a/b/c", "GET", "/a/:id", audit.Guarded},
		{"/a/b/c", "GET", "/a/{id+}", audit.Partly},
		{"/a/**", "GET", "/a/:id/c", audit.Partly},
		{"/a/b", "GET", "/a/*", audit.Partly},
		{"/a", "GET", "/a/*", audit.Partly},
		{"/a/b/c", "GET", "/a/{rest...}", audit.Partly},
		{"/b/**", "GET", "/a/*", audit.Guarded},
		{"POST /a/*", "GET", "/a/:id", audit.Guarded},
		{"/a/b", "GET", "/a/%62", audit.Partly},
		{"/a/*", "GET", "/%61/%7E", audit.Partly},
		{"/a/*", "GET", "/a/x%20y", audit.Public},
		{"/a/**", "GET", "/a/x%2Fy", audit.Guarded},
		{"/a/b", "GET", "/a/%63", audit.Guarded},
	} {
		t.Run(c.pattern+" and "+c.method+" "+c.path, func(t *testing.T) {
			r := audit.NewRoute("", c.method, c.path, chain(t, core.PublicRoutes("/other", c.pattern)))
			assert.Equal(t, c.want, r.Decision, r.Decision.String())
			r = audit.NewRoute("", c.method, c.path, chain(t, core.PublicRoutes(c.pattern)).With(core.RequireRoles("a")))
			assert.Equal(t, audit.Guarded, r.Decision, "a requirement of With refuses public requests")
		})
	}
}

// TestPublicRoutesOfAFoldedRoute has routes of a router that serves /a, /A and /a/ as one.
func TestPublicRoutesOfAFoldedRoute(t *testing.T) {
	for _, c := range []struct {
		pattern, method, path string
		want                  audit.Decision
	}{
		{"/a", "GET", "/a", audit.Partly},
		{"/a", "GET", "/A", audit.Partly},
		{"/A", "GET", "/a", audit.Partly},
		{"/a/", "GET", "/a", audit.Partly},
		{"/a", "GET", "/a/", audit.Partly},
		{"/a", "GET", "/b", audit.Guarded},
		{"/a/**", "GET", "/a", audit.Guarded},
		{"/A/*", "GET", "/a/:id", audit.Partly},
		{"POST /A", "GET", "/a", audit.Guarded},
		{"/", "GET", "/", audit.Public},
		{"/a", "GET", "/", audit.Guarded},
	} {
		t.Run(c.pattern+" and "+c.method+" "+c.path, func(t *testing.T) {
			r := audit.NewFoldedRoute("", c.method, c.path, chain(t, core.PublicRoutes("/other", c.pattern)))
			assert.Equal(t, c.want, r.Decision, r.Decision.String())
		})
	}
}

func TestReport(t *testing.T) {
	closed := chain(t)
	routes := []audit.Route{
		audit.NewRoute("", "POST", "/orders", closed.With(core.RequireScopes("orders:write", "all"))),
		audit.NewRoute("", "", "/open\nGET /fake guarded"),
		audit.NewRoute("", "GET", "/orders", closed, closed.Then(core.RequireAnyScope("orders:read", "all"))),
		audit.NewRoute("", "GET", "/health", closed.Public()),
	}
	report := audit.New(func() []audit.Route { return routes }).Report()
	assert.Equal(t, []string{"all", "orders:read", "orders:write"}, report.Scopes())
	require.Len(t, report.Undecided(), 1)
	assert.ErrorContains(t, report.Err(), "audit: any /open GET /fake guarded: no guard was found: wrap the handler in Secured")
	table := strings.Split(strings.TrimSuffix(report.String(), "\n"), "\n")
	require.Len(t, table, 5, "one line each")
	assert.Regexp(t, `^GET +/health +public +public$`, table[1])
	assert.Regexp(t, `^any +/open GET /fake guarded +undecided +no guard was found`, table[2])
	assert.Regexp(t, `^GET +/orders +guarded +named \| the identity of an outer chain; requires one of the scopes "orders:read", "all"$`, table[3])
	assert.Regexp(t, `^POST +/orders +guarded +named; requires the scopes "orders:write", "all"$`, table[4])
	assert.NoError(t, audit.Report{Routes: report.Routes[:1]}.Err())
}

// failures is a test that records whether it failed.
type failures struct{ all []any }

func (*failures) Helper()             {}
func (f *failures) Error(args ...any) { f.all = append(f.all, args...) }

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		routes []audit.Route
		failed int
	}{
		{"no routes", nil, 1},
		{"a route without a decision", []audit.Route{audit.NewRoute("", "GET", "/x")}, 1},
		{"all decided", []audit.Route{audit.NewRoute("", "GET", "/x", chain(t))}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f failures
			audit.Check(&f, audit.New(func() []audit.Route { return c.routes }))
			assert.Len(t, f.all, c.failed)
		})
	}
}
