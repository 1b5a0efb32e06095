package acl_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/acl"
)

// good is a policy whose parts the cases below replace.
const good = `[
{"id": "a",
 "effect": "allow",
 "subjects": ["ana"],
 "actions": ["GET"],
 "resources": ["/a"],
 "conditions": {"roles":
  {"type": "RolesCondition", "options": {"values": ["user"]}}}
}]`

func TestErrorsOfLoading(t *testing.T) {
	parse(t, good)
	for name, c := range map[string]struct{ old, new, says string }{
		"unknown field":            {`"id": "a"`, `"id": "a", "resource": []`, "line 2: policies[0].resource: unknown field: use one of id, description, subjects"},
		"another case":             {`"effect"`, `"Effect"`, "line 3: policies[0].Effect: unknown field"},
		"unknown type":             {`RolesCondition`, `RoleCondition`, `line 8: policies[0].conditions.roles.type: unknown condition type "RoleCondition": use one of ClaimCondition, NamespacesCondition, OrganizationsCondition, OwnerCondition, RolesCondition, ScopesCondition, SubjectCondition`},
		"no type":                  {`"type": "RolesCondition", `, ``, "line 8: policies[0].conditions.roles: has no type"},
		"unknown option":           {`"values": ["user"]`, `"values": ["user"], "equals": "x"`, "line 8: policies[0].conditions.roles.options.equals: unknown field"},
		"unknown field in it":      {`"type"`, `"kind": 1, "type"`, "line 8: policies[0].conditions.roles.kind: unknown field"},
		"another name":             {`"roles":`, `"role":`, "policies[0].conditions.role: a RolesCondition reads roles: call it that"},
		"no values":                {`["user"]`, `[]`, "policies[0].conditions.roles: has no values"},
		"a number":                 {`["user"]`, `["user", 7]`, "line 8: policies[0].conditions.roles.options.values[1]: must be a string"},
		"an empty value":           {`["user"]`, `[""]`, "values[0]: an empty value matches nothing"},
		"no id":                    {`"id": "a",`, ``, "line 2: policies[0]: has no id"},
		"an empty id":              {`"id": "a"`, `"id": ""`, "line 2: policies[0].id: must be 1 to 128"},
		"a line break in the id":   {`"id": "a"`, `"id": "a\nb"`, "policies[0].id: must be 1 to 128 printable ASCII characters"},
		"no effect":                {`"effect": "allow",`, ``, "policies[0]: has no effect: write allow or deny"},
		"another effect":           {`"allow"`, `"Allow"`, "line 3: policies[0].effect: must be allow or deny"},
		"no subjects":              {`"subjects": ["ana"],`, ``, "policies[0]: has no subjects, so it applies to nobody"},
		"empty subjects":           {`["ana"]`, `[]`, "line 4: policies[0].subjects: has no subjects"},
		"null subjects":            {`["ana"]`, `null`, "line 4: policies[0].subjects: has no subjects"},
		"a text for a list":        {`["ana"]`, `"ana"`, "line 4: policies[0].subjects: must be an array of strings"},
		"no actions":               {`"actions": ["GET"],`, ``, "policies[0]: has no actions"},
		"empty actions":            {`["GET"]`, `[]`, "line 5: policies[0].actions: must not be empty"},
		"a misspelled action":      {`["GET"]`, `["GET", "api:wirte"]`, `line 5: policies[0].actions[1]: "api:wirte" is not an action: use api:read, api:write or a method in capitals`},
		"a method in small":        {`["GET"]`, `["get"]`, `"get" is not an action`},
		"no resources":             {`["/a"]`, `[]`, "line 6: policies[0].resources: must not be empty"},
		"not a path":               {`["/a"]`, `["a"]`, `line 6: policies[0].resources[0]: "a": matches no path: it must begin with /`},
		"a star":                   {`["/a"]`, `["/a/*"]`, "* stands for itself: write <[^/]+> for one segment"},
		"a parameter":              {`["/a"]`, `["/a/:id"]`, "the parameter of a router stands for itself"},
		"another parameter":        {`["/a"]`, `["/a/{id}"]`, "the parameter of a router stands for itself"},
		"a query":                  {`["/a"]`, `["/a?b=c"]`, "leave out the query"},
		"an empty segment":         {`["/a"]`, `["/a//b"]`, "it has an empty segment"},
		"an escape":                {`["/a"]`, `["/%61"]`, "servers read one of its escapes in different ways"},
		"an accent":                {`["/a"]`, `["/é"]`, `'é' is sent escaped, in more than one spelling`},
		"an open bracket":          {`["/a"]`, `["/a<"]`, "a < has no > behind it"},
		"a closing bracket":        {`["/a"]`, `["/a>"]`, "a > has no < before it"},
		"a broken expression":      {`["/a"]`, `["/<(>"]`, "error parsing regexp"},
		"a quotation that goes on": {`["/a"]`, `["</a\\Q>/<\\Q\\E|/b>"]`, `line 6: policies[0].resources[0]: "</a\\Q>/<\\Q\\E|/b>": error parsing regexp: missing closing ): "(?:/a\\Q)"`},
		"a fault with an escape":   {`["/a"]`, `["/<[\u001b>"]`, `"/<[\x1b>": error parsing regexp: missing closing ]: "[\x1b"`},
		"one in a subject":         {`["ana"]`, `["<a\\Q>-<\\Q\\E|root>"]`, "line 4: policies[0].subjects[0]: "},
		"one in a value":           {`["user"]`, `["a\\Q"]`, "values[0]: \"a\\\\Q\": error parsing regexp: missing closing )"},
		"an expression that ends":  {`["/a"]`, `["/<a)|(b>"]`, "error parsing regexp"},
		"a member twice":           {`"effect": "allow",`, `"effect": "allow", "effect": "deny",`, "line 3: policies[0].effect: the name occurs twice"},
		"text behind it":           {`}]`, `}] x`, "line 9: the file goes on after its value"},
		"a comma too many":         {`}]`, `},]`, "line 9: remove the comma before ]"},
		"not UTF-8":                {`"ana"`, "\"\xff\"", "not valid UTF-8"},
		"half a surrogate":         {`"ana"`, `"\ud800"`, "line 4: policies[0].subjects[0]: has half of a surrogate pair"},
		"nested too deeply":        {`["ana"]`, strings.Repeat("[", 40) + strings.Repeat("]", 40), "nested too deeply"},
		"conditions of no kind":    {`{"roles":`, `"x", "x": {"roles":`, "policies[0].conditions: must be an object or an array"},
		"a policy of no kind":      {`}]`, `}, 7]`, "line 9: policies[1]: must be an object: write its fields in { }"},
		"an id twice":              {`}]`, `}, {"id": "a"}]`, "line 9: policies[1].id: another policy has this id"},
		"a segment of no kind":     {`{"type": "RolesCondition", "options": {"values": ["user"]}}`, `{"type": "RolesCondition", "options": {"segment": 0}}`, "roles.options.segment: unknown field"},
		"a bad segment":            {`{"roles":`, `{"o": {"type": "OwnerCondition", "options": {"segment": 0}}, "roles":`, "conditions.o.options.segment: must be a number from 1"},
		"patterns of an owner":     {`{"roles":`, `[{"name": "o", "type": "OwnerCondition", "patterns": ["bob"]}], "x": {"roles":`, "line 7: policies[0].conditions[0].patterns: an OwnerCondition compares the owner with the caller, and has no values"},
		"a claim that is a list":   {`"RolesCondition"`, `"ClaimCondition"`, `policies[0].conditions.roles: the claim roles is a list, also as text such as "a,b": use a RolesCondition`},
		"a terminal's escape":      {`{"roles":`, `{"\u001b]0;": {"type": "ClaimCondition", "options": {"values": ["a"]}}, "roles":`, `policies[0].conditions."\x1b]0;": must be printable`},
		"an owner of another kind": {`{"roles":`, `{"o": {"type": "OwnerCondition", "options": {"is": "mail"}}, "roles":`, "conditions.o.options.is: must be userId or username"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(good, c.old), "the case replaces one part")
			_, err := acl.Parse([]byte(strings.Replace(good, c.old, c.new, 1)))
			require.ErrorContains(t, err, c.says)
			assert.True(t, strings.HasPrefix(err.Error(), "acl: "), err)
		})
	}
}

// TestCostlyExpressions: an expression takes linear time, and one that would take much memory is not loaded.
func TestCostlyExpressions(t *testing.T) {
	p := parse(t, strings.Replace(good, "/a", "/<(a|a)*(a*)*b>", 1))
	long := "/" + strings.Repeat("a", 50_000) // a backtracking engine does not come to an end
	assert.False(t, p.Allows(caller(t, "ana roles=user"), acl.Query{Method: "GET", Path: long}))
	assert.True(t, p.Allows(caller(t, "ana roles=user"), acl.Query{Method: "GET", Path: long + "b"}))
	_, err := acl.Parse([]byte(strings.Replace(good, "/a", "/<((a{1000}){1000}){1000}>", 1)))
	assert.ErrorContains(t, err, "line 6: policies[0].resources[0]: ")
	assert.ErrorContains(t, err, "invalid repeat count")
}

// TestPatternsThatDenyNothing: a policy that denies is compared with decoded paths, in which an escape does not occur.
func TestPatternsThatDenyNothing(t *testing.T) {
	for pattern, says := range map[string]string{
		"/a%20<.*>":         "",
		"/100%25<.*>":       "",
		"/a/<50%>":          "",
		"/a<%20b>":          `"%20b" is compared with decoded paths: write the character in place of %20`,
		"<.*%c3%a9>":        `write the character in place of %c3`,
		"</a(?:%41|b)>/<c>": `write the character in place of %41`,
		"/a%2<[0-9]>":       `a % begins no escape: write %25`,
		"/100%":             `write %25`,
		"/a%<20>":           `write %25`,
		"/a%zz":             `write %25`,
	} {
		_, err := acl.Parse([]byte(strings.NewReplacer(`"allow"`, `"deny"`, "/a", pattern).Replace(good)))
		if says == "" {
			assert.NoError(t, err, pattern)
			continue
		}
		assert.ErrorContains(t, err, "line 6: policies[0].resources[0]: \""+pattern+"\"", pattern)
		assert.ErrorContains(t, err, says, pattern)
	}
}

// TestDisable: a file cannot turn its policies off, in whatever form it says so.
func TestDisable(t *testing.T) {
	for disable, ok := range map[string]bool{`false`: true, `true`: false, `null`: false, `"false"`: false, `0`: false, `{}`: false, `[]`: false} {
		_, err := acl.Parse([]byte(`{"disable": ` + disable + `, "policies": ` + good + `}`))
		if ok {
			require.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, "line 1: disable: must be false", disable)
	}
}

func TestAllErrorsAreNamed(t *testing.T) {
	_, err := acl.Parse([]byte(`[{"id": "a"}, {"id": "b"}]`))
	require.Error(t, err)
	assert.GreaterOrEqual(t, strings.Count(err.Error(), "policies[0]"), 3, err)
	assert.GreaterOrEqual(t, strings.Count(err.Error(), "policies[1]"), 3, err)
}

// TestReload changes the file while the policies are in use. Time is that of the bubble.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "acl.json")
		write := func(text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
		write(good)
		var log records
		p, err := acl.FileConfig{Path: name, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Open()
		require.NoError(t, err)
		defer func() { require.NoError(t, p.Close()) }()
		user := acl.Query{Method: "GET", Path: "/a"}
		poll := func() { time.Sleep(5 * time.Second); synctest.Wait() }
		allowed := func(want bool) { assert.Equal(t, want, p.Allows(caller(t, "ana roles=user"), user)) }
		allowed(true)
		poll()
		assert.Empty(t, log.String(), "the file is the same")

		write(strings.Replace(good, `"/a"`, `"/b"`, 1))
		poll()
		allowed(false)
		assert.Contains(t, log.String(), "policies replaced")
		write(good)
		poll()
		allowed(true)
		poll()
		assert.Equal(t, 2, strings.Count(log.String(), "policies replaced"), "once for each change: %s", log.String())

		log.Reset()
		for _, broken := range []string{"", "[x", strings.Replace(good, `"allow"`, `"refuse"`, 1)} {
			write(broken)
			poll()
			poll()
			allowed(true)
		}
		assert.Equal(t, 3, strings.Count(log.String(), "level=ERROR"), "each fault once: %s", log.String())
		assert.Contains(t, log.String(), "acl.json: line 3: policies[0].effect: must be allow or deny")
		require.NoError(t, os.Remove(name))
		poll()
		allowed(true)
		assert.Contains(t, log.String(), "cannot be read")
		assert.NotContains(t, log.String(), filepath.Dir(name), "the base name alone is logged")
	})
}

// records is a buffer that the goroutine of the polls writes to.
type records struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func (r *records) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.b.Reset()
}

func TestFileThatCannotBeUsed(t *testing.T) {
	_, err := acl.File(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorContains(t, err, "none.json: cannot be read")
	_, err = acl.File(t.TempDir())
	require.ErrorContains(t, err, "cannot be read")
	_, err = acl.FileConfig{Path: "testdata/acl.json", Interval: -1}.Open()
	require.ErrorContains(t, err, "Interval is negative")
	p, err := acl.Parse([]byte(good))
	require.NoError(t, err)
	require.ErrorContains(t, p.Reload(), "not from a file")
	require.NoError(t, p.Close())
}
