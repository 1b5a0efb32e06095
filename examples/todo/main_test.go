package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRoutes finds routes that nobody has decided on, and what differs from the paths on the gateway.
func TestRoutes(t *testing.T) {
	store := coretest.NewIssuer("issuer").Keys()
	policies, err := openPolicies("")
	require.NoError(t, err)
	chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes("issuer")), policies)
	require.NoError(t, err)
	routes := nethttp.Watch(routes(chain, &api{policies: policies}))
	audit.Check(t, routes)
	report := routes.Report().Behind([]audit.Published{{Paths: paths}})
	assert.NoError(t, report.Err())
	for _, r := range report.Routes {
		if strings.HasPrefix(r.Path, "/todos") {
			assert.Equal(t, audit.Guarded, r.Decision, r.Path)
		}
	}
}

// TestUsersAndActions sends each action of each user and client through the gateway. Todos 1 and 2 are ann's and bob's of acme,
// todo 3 is cleo's of globex.
func TestUsersAndActions(t *testing.T) {
	const body = `{"title": "new"}`
	actions := []struct{ method, path, body string }{
		{"GET", "/todos", ""}, {"GET", "/todos/2", ""}, {"POST", "/todos", body}, {"PUT", "/todos/1", body}, {"PUT", "/todos/2", body},
		{"GET", "/todos/3", ""}, {"PUT", "/todos/3", body}, {"DELETE", "/todos/3", ""}, {"DELETE", "/todos/2", ""},
	}
	for name, want := range map[string][]int{
		//          list get2 post put1 put2 get3 put3 del3 del2
		"":         {401, 401, 401, 401, 401, 401, 401, 401, 401},
		"ann":      {200, 200, 201, 200, 200, 404, 404, 404, 204},
		"bob":      {200, 200, 201, 403, 200, 404, 404, 403, 403},
		"cleo":     {200, 404, 201, 404, 404, 200, 200, 403, 403},
		"gus":      {200, 404, 201, 404, 404, 200, 200, 204, 404},
		"dan":      {403, 403, 403, 403, 403, 403, 403, 403, 403}, // of no organization
		"eve":      {403, 403, 403, 403, 403, 403, 403, 403, 403}, // of two
		"importer": {200, 200, 201, 200, 200, 404, 404, 403, 403},
		"reporter": {200, 200, 403, 403, 403, 404, 403, 403, 403},
	} {
		t.Run("as "+name, func(t *testing.T) {
			p, _ := start(t, ":memory:")
			p.seed(t)
			for i, a := range actions {
				status, text := p.send(t, name, a.method, a.path, a.body)
				assert.Equal(t, want[i], status, "%s %s: %s", a.method, a.path, text)
			}
		})
	}
}

// TestOtherOrganization is cleo of globex, who tries to reach todos of acme by everything that a client can send.
func TestOtherOrganization(t *testing.T) {
	p, _ := start(t, ":memory:")
	p.seed(t)
	_, before := p.send(t, "ann", "GET", "/todos", "")
	const title = `{"title": "stolen", "done": true}`
	for _, a := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"an id in the path", "GET", "/todos/1", "", 404},
		{"an id that does not exist has the same answer", "GET", "/todos/99", "", 404},
		{"another spelling of an id, for which no policy could be written", "GET", "/todos/03", "", 403},
		{"an id that is negative", "GET", "/todos/-1", "", 403},
		{"an id beyond 64 bits", "GET", "/todos/99999999999999999999", "", 404},
		{"a change", "PUT", "/todos/1", title, 404},
		{"an organization in the query", "GET", "/todos?organization=acme", "", 200},
		{"an organization in the query of an id", "PUT", "/todos/1?organization=acme", title, 404},
		{"an organization in the body", "POST", "/todos", `{"title": "stolen", "organization": "acme"}`, 400},
		{"an owner in the body", "POST", "/todos", `{"title": "stolen", "owner": "id-ann"}`, 400},
		{"an id in the body", "POST", "/todos", `{"title": "stolen", "id": 1}`, 400},
		{"an id of another todo in a change", "PUT", "/todos/3", `{"title": "stolen", "id": 1}`, 400},
		{"two values in the body", "POST", "/todos", `{"title": "a"} {"title": "b"}`, 400},
		{"a control character in the title", "POST", "/todos", `{"title": "a\u0000b"}`, 400},
		{"a title that is not text", "POST", "/todos", "{\"title\": \"\xff\"}", 400},
		{"a title beyond the limit", "POST", "/todos", `{"title": "` + strings.Repeat("a", maxTitle+1) + `"}`, 400},
		{"a body beyond the limit", "POST", "/todos", `{"title": "a"}` + strings.Repeat(" ", maxBody), 400},
		{"SQL in the path", "GET", "/todos/3%20OR%201=1", "", 403},
		{"SQL in the title", "PUT", "/todos/3", `{"title": "x', organization='acme' --"}`, 200},
		{"an encoded slash", "GET", "/todos/3%2F..%2F1", "", 400},
		{"a deletion", "DELETE", "/todos/1", "", 403},
		{"the action of the row as a method", "CHANGE", "/todos/3", title, 405},
	} {
		t.Run(a.name, func(t *testing.T) {
			status, text := p.send(t, "cleo", a.method, a.path, a.body)
			assert.Equal(t, a.status, status, text)
			assert.NotContains(t, text, "of ann")
		})
	}
	_, missing := p.send(t, "cleo", "GET", "/todos/99", "")
	_, theirs := p.send(t, "cleo", "GET", "/todos/1", "")
	assert.Equal(t, missing, theirs, "an answer tells that another organization has the todo")
	_, after := p.send(t, "ann", "GET", "/todos", "")
	assert.Equal(t, before, after)
}

// TestHeaders holds what browsers and caches are told.
func TestHeaders(t *testing.T) {
	p, _ := start(t, ":memory:")
	ann, _ := p.token("ann")
	get := func(path string) http.Header {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.gateway.ProxyURL()+path, nil)
		require.NoError(t, err)
		r.Header = coretest.Bearer(ann)
		w, err := p.client.Do(r)
		require.NoError(t, err)
		require.NoError(t, w.Body.Close())
		return w.Header
	}
	for _, path := range []string{"/app/", "/app/page.js", "/app/missing"} {
		policy := get(path).Get("Content-Security-Policy")
		assert.True(t, strings.HasPrefix(policy, "default-src 'none'; script-src 'self';"), "%s: %s", path, policy)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		assert.Equal(t, "nosniff", get(path).Get("X-Content-Type-Options"), path)
	}
	for _, path := range []string{"/todos", "/todos/99"} {
		assert.Equal(t, "no-store", get(path).Get("Cache-Control"), path)
	}
}

// TestUnexpectedErrors has a database that is closed. Its error is not for the client.
func TestUnexpectedErrors(t *testing.T) {
	store, err := openStore(t.Context(), ":memory:")
	require.NoError(t, err)
	require.NoError(t, store.Close())
	auth := core.NewAuth(core.AuthData{UserID: "id-ann", Organizations: []string{"acme"}})
	w := httptest.NewRecorder()
	member((&api{store: store}).list)(w, httptest.NewRequest("GET", "/todos", nil).WithContext(coretest.As(t.Context(), auth)))
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.JSONEq(t, `{"code": 500, "message": "internal error"}`, w.Body.String())
}

// TestMember has identities without exactly one organization, which a provider of another issuer could make.
func TestMember(t *testing.T) {
	for _, organizations := range [][]string{nil, {""}, {"acme", "globex"}, {"acme", "acme"}} {
		auth := core.NewAuth(core.AuthData{UserID: "id-ann", Organizations: organizations})
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/todos", nil).WithContext(coretest.As(t.Context(), auth))
		member(func(http.ResponseWriter, *http.Request, caller) error { panic("it is called") })(w, r)
		assert.Equal(t, http.StatusForbidden, w.Code, organizations)
	}
}

// TestRestart stops the service and starts it with the same file.
func TestRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "todos.db")
	p, stop := start(t, file)
	p.seed(t)
	_, before := p.send(t, "ann", "GET", "/todos", "")
	stop()
	p, _ = start(t, file)
	status, after := p.send(t, "ann", "GET", "/todos", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, before, after)
	assert.Contains(t, after, "of ann")
}

// TestPolicies reads the policies of a file, and fails without it.
func TestPolicies(t *testing.T) {
	fromFile, err := openPolicies("acl.json")
	require.NoError(t, err)
	assert.NoError(t, fromFile.Close())
	_, err = openPolicies("no-such-file.json")
	assert.Error(t, err)
}

// TestDemonstration stops the whole command by its context, as SIGINT does, after it has said how to try it.
func TestDemonstration(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &inviteOnce{said: cancel}
	require.NoError(t, demonstrate(ctx, out, ":memory:", ""))
	assert.Equal(t, 3, strings.Count(out.String(), "\ncurl "))
	assert.Contains(t, out.String(), "/app/")
}

type inviteOnce struct {
	bytes.Buffer
	said func()
}

func (w *inviteOnce) Write(p []byte) (int, error) {
	defer w.said()
	return w.Buffer.Write(p)
}
