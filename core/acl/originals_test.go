package acl_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// The tests below name the faults of the originals as far as they are about who may do what. Each has a short model of the
// original rule, which errs where this package does not.

// TestB7PoliciesDoNotAddUp: the Python library compared the lists of all policies one after the other.
func TestB7PoliciesDoNotAddUp(t *testing.T) {
	text := `[{"id":"one","resources":["/todos"],"actions":["api:read"],"subjects":["ana"],"roles":["r1"],"organizations":["o1"],"namespaces":["n1"]},
		{"id":"two","resources":["/todos"],"actions":["api:read"],"subjects":["bob"],"roles":["r2"],"organizations":["o2"],"namespaces":["n2"]}]`
	p := parse(t, text)
	docs, err := documents(text)
	require.NoError(t, err)
	for _, who := range []string{"ana roles=r2 orgs=o1 ns=n2", "ana roles=r1 orgs=o2 ns=n1", "bob roles=r2 orgs=o2 ns=n1"} {
		auth := caller(t, who)
		assert.True(t, pythonAllows(docs, auth), "the original allows %s", who)
		assert.False(t, p.Allows(auth, acl.Query{Method: "GET", Path: "/todos"}), who)
	}
	assert.True(t, p.Allows(caller(t, "ana roles=r1 orgs=o1 ns=n1"), acl.Query{Method: "GET", Path: "/todos"}))
	t.Run("empty subjects", func(t *testing.T) {
		p, admin := load(t, "python.json"), caller(t, "root roles=admin orgs=test-organization-1 ns=test-namespace")
		assert.Equal(t, 200, serve(t, p, admin, "POST", "/todos"), "the example of the README is usable")
	})
	t.Run("two roles of which one is granted", func(t *testing.T) {
		auth := caller(t, "ana roles=r1,other orgs=o1 ns=n1")
		assert.False(t, pythonAllows(docs, auth), "the original refuses")
		assert.True(t, p.Allows(auth, acl.Query{Method: "GET", Path: "/todos"}))
	})
	t.Run("401 and 403", func(t *testing.T) {
		assert.Equal(t, 403, serve(t, p, caller(t, "eve"), "GET", "/todos"), "a caller who may not is not asked to sign in")
		assert.Equal(t, 401, serve(t, p, nil, "GET", "/todos"))
	})
}

// pythonAllows is the rule of the Python library, without actions and resources, which all its callers here have.
func pythonAllows(policies []document, auth *core.Auth) bool {
	some := func(list func(document) []string, has func(string) bool) bool {
		return slices.ContainsFunc(policies, func(p document) bool { return slices.ContainsFunc(list(p), has) })
	}
	granted := func(role string) bool {
		return some(func(p document) []string { return p.Roles }, func(r string) bool { return r == role })
	}
	return some(func(p document) []string { return p.Organizations }, auth.InOrganization) &&
		some(func(p document) []string { return p.Namespaces }, auth.InNamespace) &&
		some(func(p document) []string { return p.Subjects }, func(s string) bool { return s == auth.Username() }) &&
		!slices.ContainsFunc(auth.Roles(), func(r string) bool { return !granted(r) })
}

// TestB10NoPolicyIsNotOpen: without a section for security the Go original let every request pass; so did "disable".
func TestB10NoPolicyIsNotOpen(t *testing.T) {
	original := func(section map[string]any) bool { return len(section) == 0 || section["disable"] == true }
	assert.True(t, original(nil))
	assert.True(t, original(map[string]any{"disable": true}))
	for _, text := range []string{"", "{}", "[]", "null", `{"policies": []}`, `{"policies": null}`, `{"disable": true}`,
		`{"disable": true, "policies": [{"id":"a","effect":"allow","subjects":["a"],"actions":["GET"],"resources":["/a"]}]}`} {
		_, err := acl.Parse([]byte(text))
		assert.Error(t, err, text)
	}
	var zero acl.Policies
	_, err := core.NewSecurityChain(as(caller(t, "ana")), &zero)
	require.ErrorContains(t, err, "acl: it has no policies: make it with acl.File or acl.Parse")
	assert.False(t, zero.Allows(caller(t, "ana"), acl.Query{Method: "GET", Path: "/"}))
	assert.False(t, zero.Explain(caller(t, "ana"), acl.Query{Method: "GET", Path: "/"}).Allowed)
}

// TestB13ScopesAreEnforced: the original put no scopes where its ScopesCondition looked for them.
func TestB13ScopesAreEnforced(t *testing.T) {
	p := parse(t, `[{"id":"scopes","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["/a"],
		"conditions":{"scopes":{"type":"ScopesCondition","options":{"values":["api:read"]}}}}]`)
	auth := caller(t, "ana roles=user scopes=api:read")
	original := map[string][]string{"roles": auth.Roles(), "organizations": auth.Organizations()}["scopes"]
	assert.NotContains(t, original, "api:read", "the original refuses everybody")
	assert.Equal(t, 200, serve(t, p, auth, "GET", "/a"))
	assert.Equal(t, 403, serve(t, p, caller(t, "ana scopes=api:write"), "GET", "/a"))
	assert.Equal(t, 403, serve(t, p, caller(t, "ana"), "GET", "/a"))
}

// TestB15ResourcesAreAnchored: the patterns of the original's flow were found anywhere in a path.
func TestB15ResourcesAreAnchored(t *testing.T) {
	for pattern, paths := range map[string]string{
		"/users/verify": "/admin/users/verify/all /users/verifyXYZ /x/users/verify",
		`<.+\.js>`:      "/users/5.json /a.js/b",
		"<a|/b>":        "/users/abc /x/b",
		`<(?m)^/a$>`:    "/b%0A/a /a%0A",
	} {
		p := parse(t, `[{"id":"a","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["`+strings.ReplaceAll(pattern, `\`, `\\`)+`"]}]`)
		for path := range strings.FieldsSeq(paths) {
			original, decoded := regexp.MustCompile(strings.Trim(pattern, "<>")), strings.ReplaceAll(path, "%0A", "\n")
			assert.True(t, original.MatchString(decoded), "the original finds %s in %s", pattern, path)
			assert.Equal(t, 403, serve(t, p, caller(t, "ana"), "GET", path), "%s with %s", path, pattern)
		}
	}
}

// TestB16ConditionsAreAnchored: the condition "admin" of the original admits the role not-an-admin, and one with a broken regular
// expression is silently never met.
func TestB16ConditionsAreAnchored(t *testing.T) {
	original := regexp.MustCompile("admin")
	p := parse(t, `[{"id":"a","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["/a"],
		"conditions":{"roles":{"type":"RolesCondition","options":{"values":["admin"]}}}}]`)
	for _, role := range []string{"not-an-admin", "administrator", "admin\n"} {
		auth := core.NewAuth(core.AuthData{Username: "ana", Roles: []string{role}})
		assert.True(t, original.MatchString(role))
		assert.Equal(t, 403, serve(t, p, auth, "GET", "/a"), "%q", role)
	}
	assert.Equal(t, 200, serve(t, p, caller(t, "ana roles=admin"), "GET", "/a"))
	_, err := acl.Parse([]byte(`[{"id":"a","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["/a"],
		"conditions":{"roles":{"type":"RolesCondition","options":{"values":["(admin"]}}}}]`))
	assert.ErrorContains(t, err, `line 2: policies[0].conditions.roles.options.values[0]: "(admin": error parsing regexp`)
}

// TestB17HandlersCanAsk: the original stored the warden by value and looked for a pointer, so that its helper for handlers never
// worked, and a shared warden was written without a lock. The race detector sees this test.
func TestB17HandlersCanAsk(t *testing.T) {
	type warden interface{ isAllowed() }
	var stored any = model{}
	_, ok := stored.(warden)
	assert.False(t, ok, "the original finds no warden")
	p, done := load(t, "acl.json"), make(chan bool)
	for range 4 {
		go func() {
			done <- p.Allows(caller(t, "ana roles=user"), acl.Query{Method: "GET", Path: "/orders/7"})
		}()
	}
	for range 4 {
		assert.True(t, <-done)
	}
}

type model struct{}

func (*model) isAllowed() {}

// TestB18NothingOfARequestIsCode: the original put path and user name into the source of a JavaScript function.
func TestB18NothingOfARequestIsCode(t *testing.T) {
	original := func(path string) string { return `return "` + path + `".match(pattern)` }
	p := parse(t, `[{"id":"a","effect":"allow","subjects":["ana"],"actions":["GET"],"resources":["/a"]}]`)
	for _, hostile := range []string{`/"+(true)+"`, `/a");return(true);("`, "/<.*>", "/.*", "/[a", `/a|/b`} {
		if strings.Contains(hostile, `"`) {
			assert.Greater(t, strings.Count(original(hostile), `"`), 2, "the path ends the string of the original")
		}
		assert.Equal(t, 403, serve(t, p, caller(t, "ana"), "GET", hostile), hostile)
		auth := core.NewAuth(core.AuthData{Username: hostile, Roles: []string{hostile}})
		assert.Equal(t, 403, serve(t, p, auth, "GET", "/a"), hostile)
	}
}

// TestB19NothingIsBuiltIn: the original's own policy admin-access-allow-all let every user who had signed in manage all policies.
func TestB19NothingIsBuiltIn(t *testing.T) {
	original := parse(t, `[{"id":"admin-access-allow-all","effect":"allow","subjects":["<.+>"],"actions":["api:read","api:write"],"resources":["/acl/<.+>"]}]`)
	assert.True(t, original.Allows(caller(t, "eve"), acl.Query{Method: "DELETE", Path: "/acl/1"}), "written down, it means what it says")
	p := load(t, "acl.json")
	assert.Equal(t, 403, serve(t, p, caller(t, "eve"), "DELETE", "/acl/1"))
	assert.Equal(t, 403, serve(t, p, caller(t, "system"), "GET", "/acl/1"), "nor is system-access")
	owned := parse(t, `[{"id":"owner-access-allow-all","effect":"allow","subjects":["<.+>"],"actions":["api:read","api:write"],"resources":["/acl/<.+>"],
		"conditions":{"createdBy":{"type":"OwnerCondition"}}}]`)
	nobody := func(owner any) bool { return owner == nil }
	assert.True(t, nobody(nil), "to the original everybody owns what has no owner")
	assert.Equal(t, 403, serve(t, owned, caller(t, "eve"), "DELETE", "/acl/1"))
	assert.True(t, owned.Allows(caller(t, "eve"), acl.Query{Method: "DELETE", Path: "/acl/1", Owner: "eve"}))
}

// TestFilesOfTheOriginals tries one caller for each policy of the files.
func TestFilesOfTheOriginals(t *testing.T) {
	for file, lines := range map[string][]string{
		"ladon.json": {
			"GET /anything/at/all | system | allow system-access", "DELETE / | system | allow system-access", "OPTIONS /x | system | none",
			"POST /api/user/7 | test-user-3 roles=user scopes=api:read orgs=a.jormungandr | allow 4f8b7c93-2368-4019-8d6f-747a9e82ebee",
			"POST /api/user/7 | user1 roles=user scopes=api:read orgs=some-specific-org | allow 4f8b7c93-2368-4019-8d6f-747a9e82ebee",
			"POST /api/user/7 | user1 roles=user scopes=api:read orgs=other | none", "POST /api/user/7 | user1 roles=user orgs=some-specific-org | none",
			"GET /profiles/u1 | ana id=u1 | allow profile-of-its-owner", "GET /profiles/u2 | ana id=u1 | none",
			"GET /profiles/u1 | x@banned.example.com id=u1 | deny banned", "GET /reports | ana roles=analyst | allow as-the-original-writes-conditions",
		},
		"python.json": {
			"GET /todos | ana roles=user orgs=test-organization ns=test-namespace | allow user-ana-allow-access",
			"POST /todos | ana roles=user orgs=test-organization ns=test-namespace | none",
			"PUT /todos | joe roles=admin orgs=test-organization-1 ns=test-namespace-1 | allow admin-allow-full-access",
		},
		"rest.json": {"GET /api/user/7 | user1 roles=admin scopes=api:read orgs=some-specific-org | none"}, // no owner is known
	} {
		p := load(t, file)
		for _, line := range lines {
			t.Run(file+"/"+line, func(t *testing.T) { checkDecision(t, p, line) })
		}
	}
	ask := acl.Query{Method: "GET", Path: "/api/user/7", Owner: "user1"}
	auth := caller(t, "user1 roles=admin scopes=api:read orgs=x.jormungandr")
	assert.True(t, load(t, "rest.json").Allows(auth, ask))
}
