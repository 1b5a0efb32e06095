package conformance_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

var issuer = coretest.NewIssuer("Microkubes JWT Authority")

// service serves the routes of REMOTE.md below a prefix, behind an adapter that may be broken, and returns the base URL.
func service(t *testing.T, a *adapter, prefix string) string {
	t.Helper()
	tokens := jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name))
	closed := mustChain(t, core.PublicRoutes(
		"GET "+prefix+"/open", prefix+"/public/**", "GET "+prefix+"/exact", prefix+"/one/*"), tokens)
	open := mustChain(t, core.Optional(), tokens)
	inside, root := http.NewServeMux(), http.NewServeMux()
	for _, route := range strings.Fields(`GET/plain POST/plain OPTIONS/plain GET/open GET/admin/secret GET/public/{rest...}
		GET/exact POST/exact GET/one/{id} GET/one/{id}/more GET/docs/{id} GET/{id}`) {
		inside.HandleFunc(strings.Replace(route, "/", " "+prefix+"/", 1), greet)
	}
	for path, asks := range map[string]core.Provider{
		"/scopes": core.RequireScopes("read", "write"), "/any-scope": core.RequireAnyScope("a", "b"),
		"/roles": core.RequireRoles("admin"), "/any-role": core.RequireAnyRole("a", "b"),
	} {
		root.Handle("GET "+prefix+path, a.middleware(closed.With(asks), http.HandlerFunc(greet)))
	}
	root.Handle("GET "+prefix+"/optional", a.middleware(open, http.HandlerFunc(greet)))
	root.Handle("GET "+prefix+"/optional-required", a.middleware(open.With(core.RequireAuth()), http.HandlerFunc(greet)))
	rest := a.middleware(closed, inside)
	server := quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := root.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	}), a.listen)
	t.Cleanup(server.Close)
	return server.URL + prefix
}

func mustChain(t *testing.T, providers ...core.Provider) *core.SecurityChain {
	t.Helper()
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	return chain.WithLogger(discard)
}

func greet(w http.ResponseWriter, r *http.Request) {
	user := "-"
	if auth, ok := core.AuthFrom(r.Context()); ok {
		user = auth.UserID()
	}
	_, _ = io.WriteString(w, "for "+user)
}

func TestService(t *testing.T) {
	for _, prefix := range []string{"", "/api/v1"} {
		s := conformance.Service{Name: "service", URL: service(t, sound(), prefix), Issuer: issuer, Timeout: patience}
		report, err := conformance.CheckService(t.Context(), s)
		assert.NoError(t, err)
		assert.Len(t, report.Results, report.Planned)
		assert.Equal(t, len(conformance.RemoteCases()), report.Planned)
		assert.Greater(t, report.Planned, 40)
	}
}

// TestBrokenServicesFail has faults that can be seen from outside.
func TestBrokenServicesFail(t *testing.T) {
	for fault, finds := range map[string]string{
		"decodes the path":                 "paths/encoded-slash",
		"hides the second header":          "outcomes/malformed",
		"runs the handler after a refusal": "outcomes/no-credential",
		"keeps identities by connection":   "concurrency/identities-do-not-mix",
		"skips OPTIONS":                    "routes/real-options-route",
		"repeats what it cannot parse":     "credentials/not-sent-back",
	} {
		a := sound()
		faults[fault](a)
		s := conformance.Service{Name: "service", URL: service(t, a, ""), Issuer: issuer, Timeout: patience}
		report, err := conformance.CheckService(t.Context(), s)
		assert.Error(t, err, fault)
		found := false
		for _, r := range report.Results {
			found = found || r.Case.Name == finds && r.Err != nil
		}
		assert.True(t, found, "%s does not find an adapter that %s", finds, fault)
	}
}

func TestServiceAtFault(t *testing.T) {
	silent := httptest.NewServer(http.NotFoundHandler())
	defer silent.Close()
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	defer encrypted.Close()
	for says, s := range map[string]conformance.Service{
		"is not a base URL":                 {Name: "a", URL: "localhost:8080", Issuer: issuer},
		"write http://host:port/path":       {Name: "a", URL: "http://a:b@localhost", Issuer: issuer},
		"needs a Name that":                 {URL: "http://127.0.0.1:1", Issuer: issuer},
		"and an Issuer":                     {Name: "a", URL: "http://127.0.0.1:1"},
		"cannot connect to the":             {Name: "a", URL: "http://127.0.0.1:1", Issuer: issuer},
		"failed to verify certificate":      {Name: "a", URL: encrypted.URL, Issuer: issuer},
		"a good token is not served":        {Name: "a", URL: silent.URL, Issuer: issuer},
		"conformance: no case can run on a": {Name: "a", URL: service(t, sound(), ""), Issuer: coretest.NewIssuer("other")},
	} {
		report, err := conformance.CheckService(t.Context(), s)
		assert.ErrorContains(t, err, says)
		assert.Error(t, report.Err())
	}
}

// TestRemotePageIsCurrent looks for the routes and the themes of the cases in REMOTE.md.
func TestRemotePageIsCurrent(t *testing.T) {
	page, err := os.ReadFile("REMOTE.md")
	require.NoError(t, err)
	for _, route := range strings.Fields("/plain /scopes /any-scope /roles /any-role /optional /optional-required /open " +
		"/public/ /exact /one/ /docs/ /admin/secret") {
		assert.Contains(t, string(page), "`"+route, route)
	}
	for _, name := range conformance.RemoteCases() {
		theme, _, _ := strings.Cut(name, "/")
		assert.Contains(t, string(page), theme)
	}
}
