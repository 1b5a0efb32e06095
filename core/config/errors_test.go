package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/config"
)

const (
	inSchema = true  // a schema refuses the file, too
	beyond   = false // a schema cannot say it
)

// TestErrors has one fault in testdata/full.json each, and the whole error.
func TestErrors(t *testing.T) {
	good, err := os.ReadFile("testdata/full.json")
	require.NoError(t, err)
	v := newValidator(t, config.Schema())
	for _, c := range []struct {
		name, old, new string
		schema         bool
		want           string
	}{
		// The file.
		{"a comma too many", `"x-limits": {"orders": 7}`, `"x-limits": {"orders": 7},`, inSchema, "line 35: invalid character '}' looking for beginning of object key string"},
		{"text behind it", "7}\n}", "7}\n} {", inSchema, "line 35: invalid character '{' after top-level value"},
		{"a field twice", `"port": 8080,`, `"port": 8080, "port": 9090,`, beyond, "line 5: service.port: the name occurs twice"},
		{"a section twice", `"gatewayAdminUrl": "http://kong:8001",`, `"security": {"disable": true},`, beyond, "line 10: security: the name occurs twice"},
		{"half a surrogate", `"orders",` + "\n    \"port\"", `"\ud800",` + "\n    \"port\"", beyond, "line 4: service.name: a character is not valid"},
		{"nested too deeply", `{"orders": 7}`, strings.Repeat("[", 20) + strings.Repeat("]", 20), beyond, "line 34: x-limits[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: the value is nested too deeply"},

		// Names of fields.
		{"an unknown field", `"paths"`, `"path"`, inSchema, "line 6: service.path: unknown field: did you mean paths?"},
		{"another case", `"keysDir"`, `"keysdir"`, inSchema, "line 11: security.keysdir: unknown field: did you mean keysDir?"},
		{"two letters exchanged", `"issuers": ["Microkubes`, `"isseurs": ["Microkubes`, inSchema, "line 15: security.jwt.isseurs: unknown field: did you mean issuers?"},
		{"in the wrong section", `"jwt": {`, `"port": 1, "jwt": {`, inSchema, "line 14: security.port: unknown field: it belongs in service"},
		{"at the root", `"gatewayAdminUrl"`, `"ignorePatterns": [], "gatewayAdminUrl"`, inSchema, "line 9: ignorePatterns: unknown field: it belongs in security"},
		{"in a section, from the root", `"jwt": {`, `"version": "1", "jwt": {`, inSchema, "line 14: security.version: unknown field: it belongs in the root of the file"},
		{"nothing like it", `"jwt": {`, `"jwt": {"secret": "hunter2",`, inSchema, "line 14: security.jwt.secret: unknown field: use one of name, description, tokenUrl, issuers, audiences"},
		{"a section of the service itself", `"x-limits"`, `"limits"`, inSchema, "line 34: limits: unknown field: use one of service, microservice, gatewayUrl, gatewayAdminUrl, version, containerManager, security, or begin the name with x- if the service itself reads it"},
		{"in a provider", `"client": "orders"`, `"clients": ["orders"]`, inSchema, "line 24: security.oidc[0].clients: unknown field: did you mean client?\nline 24: security.oidc[0]: has no client"},

		// Values.
		{"a port as text", `8080`, `"8080"`, inSchema, "line 5: service.port: must be a number from 1 to 65535, without quotation marks"},
		{"a port with a fraction", `8080`, `8080.5`, inSchema, "line 5: service.port: must be a number from 1 to 65535"},
		{"port 0", `8080`, `0`, inSchema, "line 5: service.port: must be a number from 1 to 65535"},
		{"no name", `"name": "orders",`, ``, inSchema, "line 3: service: has no name"},
		{"an empty name", `"name": "orders",`, `"name": "",`, inSchema, "line 4: service.name: must not be empty"},
		{"a path without a slash", `["/orders"],`, `["/orders", "orders"],`, inSchema, "line 6: service.paths[1]: must be a path that begins with /"},
		{"paths as text", `["/orders"],`, `"/orders",`, inSchema, "line 6: service.paths: must be an array of strings"},
		{"null", `"/run/secrets"`, `null`, inSchema, "line 11: security.keysDir: must be a string"},
		{"a password in a URL", `"http://kong:8001"`, `"http://admin:hunter2@kong:8001"`, inSchema, "line 9: gatewayAdminUrl: must be a URL such as http://kong:8001, without a user and a password"},
		{"two names of the service", `"gatewayAdminUrl"`, `"microservice": {"name": "x"}, "gatewayAdminUrl"`, inSchema, "line 9: microservice: is another name of service: remove one of the two"},

		// Security.
		{"jwt without keys", "\n    \"keysDir\": \"/run/secrets\",", "", inSchema, "line 13: security.jwt: needs keysDir: the folder with the public keys of the platform\nline 16: security.oauth2: needs keysDir: the folder with the public keys of the platform"},
		{"disable as text", `"jwt": {`, `"disable": "true", "jwt": {`, inSchema, "line 14: security.disable: must be true or false, without quotation marks"},
		{"saml", `"jwt": {`, `"saml": {"certFile": "/run/secrets/service.cert"}, "jwt": {`, inSchema, "line 14: security.saml: saml is not supported: remove the section, or write \"disable\": true into it to do without"},
		{"basic", `"jwt": {`, `"basic": {"users": {"ann": "hunter2"}}, "jwt": {`, inSchema, "line 14: security.basic: basic is not supported: remove the section, or write \"disable\": true into it to do without"},
		{"no issuers", `["Microkubes JWT Authority"]`, `[]`, inSchema, "line 15: security.jwt.issuers: must not be empty: leave it out, or name one"},
		{"an empty issuer", `["Microkubes JWT Authority"]`, `[""]`, inSchema, "line 15: security.jwt.issuers[0]: must not be empty"},
		{"another form", `"rfc9068"`, `"RFC9068"`, inSchema, "line 18: security.oauth2.form: must be one of microkubes, rfc9068"},
		{"RFC 9068 for any audience", "\n      \"audiences\": [\"https://orders.example.com\"],", "", inSchema, "line 18: security.oauth2.form: needs audiences: tokens by RFC 9068 are for one service"},
		{"RFC 9068 of any issuer", "\n      \"issuers\": [\"https://login.example.com\"],", "", inSchema, "line 18: security.oauth2.form: needs issuers: tokens by RFC 9068 are for one service"},
		{"a preset that is not there", `"keycloak"`, `"keykloak"`, inSchema, "line 24: security.oidc[0].preset: must be one of auth0, cognito, entra, entra-v1, firebase, google, hydra, issuer, keycloak, kubernetes, okta, supabase, zitadel"},
		{"a name that controls a terminal", `"preset": "keycloak", `, `"preset": "keycloak", "name": "\u001b[31msso", `, inSchema, "line 24: security.oidc[0].name: must be printable ASCII"},
		{"a field that does", `"preset": "keycloak", `, `"preset": "keycloak", "\u001b[31m\n": 1, `, inSchema, `line 24: security.oidc[0]."\x1b[31m\n": unknown field: use one of preset, realm, client, name, rolesClaim, discoveryUrl, keysUrl, keysHosts, required`},
		{"no preset", `"preset": "keycloak", `, ``, inSchema, "line 24: security.oidc[0]: has no preset: use one of auth0, cognito, entra, entra-v1, firebase, google, hydra, issuer, keycloak, kubernetes, okta, supabase, zitadel"},
		{"a preset without an argument", `, "audience": "https://orders.example.com",`, `,`, inSchema, "line 25: security.oidc[1]: has no audience"},

		// Public routes.
		{"a broken pattern", `"^/orders/health$"`, `"/orders/("`, beyond, "line 12: security.ignorePatterns[0]: is not a regular expression (RE2): missing closing )"},
		{"an empty pattern", `"^/orders/health$"`, `""`, inSchema, "line 12: security.ignorePatterns[0]: must not be empty"},
		{"a long pattern", `"^/orders/health$"`, `"/` + strings.Repeat("a", 1024) + `"`, beyond, "line 12: security.ignorePatterns[0]: is longer than 1024 bytes: write several patterns"},
		{"a pattern for everything", `"^/orders/health$"`, `"/a", ".*"`, beyond, "line 12: security.ignorePatterns[1]: matches every path or nearly every path: name those that need no token, or write \"disable\": true to open the service"},
		{"all below the root", `"^/orders/health$"`, `"^/.+"`, beyond, "line 12: security.ignorePatterns[0]: matches every path or nearly every path: name those that need no token, or write \"disable\": true to open the service"},
		{"a pattern for nothing", `"^/orders/health$"`, `"orders/health"`, beyond, "line 12: security.ignorePatterns[0]: matches no path: a path begins with /"},
		{"the parameter of a router", `"^/orders/health$"`, `"/orders/:id"`, beyond, "line 12: security.ignorePatterns[0]: the parameter of a router stands for itself: write [^/]+ for one segment"},
		{"another parameter", `"^/orders/health$"`, `"/orders/{id}/.*"`, beyond, "line 12: security.ignorePatterns[0]: the parameter of a router stands for itself: write [^/]+ for one segment"},
		{"a query", `"^/orders/health$"`, `"/orders\\?all"`, beyond, "line 12: security.ignorePatterns[0]: the path alone is compared: leave out the query and the fragment"},
		{"an accent", `"^/orders/health$"`, `"/(caf\u00e9|a)"`, beyond, "line 12: security.ignorePatterns[0]: has a character that is sent escaped, and a path is compared as it is sent: write [^/]+ for its segment"},
		{"a method that would be open", `["OPTIONS"]`, `["OPTIONS", "GET"]`, inSchema, "line 13: security.ignoreHttpMethods[1]: must be OPTIONS, for CORS preflights: any other method would be open on every path; write the paths into ignorePatterns"},

		// The ACL.
		{"a policy", `"allow"`, `"Allow"`, inSchema, "line 30: security.acl.policies[0].effect: must be allow or deny"},
		{"a field of a policy", `"resources"`, `"resource"`, inSchema, "line 30: security.acl.policies[0].resource: unknown field: use one of id, description, subjects, effect, resources, actions, conditions, roles, organizations, namespaces\nline 30: security.acl.policies[0]: has no resources, so it applies to nothing"},
		{"a pattern of a policy", `["/orders"]}`, `["/orders/*"]}`, beyond, "line 30: security.acl.policies[0].resources[0]: \"/orders/*\": * stands for itself: write <[^/]+> for one segment, <.+> for the rest of the path"},
		{"policies here and in a file", `"policies": [`, `"file": "acl.json", "policies": [`, inSchema, "line 29: security.acl.file: policies are here, too: remove one of the two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(string(good), c.old), "the case replaces one part")
			bad := []byte(strings.Replace(string(good), c.old, c.new, 1))
			_, err := config.Parse(bad)
			got := ""
			if err != nil {
				got = strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\nconfig: ", "\n"), "config: ")
			}
			assert.Equal(t, c.want, got)
			ok, why := v.accepts(bad)
			assert.Equal(t, c.schema, !ok, "the schema: %s", why)
			assert.NotContains(t, got, "hunter2")
		})
	}
}

// TestErrorsOfWholeFiles has files whose faults cannot be made by one replacement.
func TestErrorsOfWholeFiles(t *testing.T) {
	v := newValidator(t, config.Schema())
	nobody := "security: has neither jwt, oauth2 nor oidc, so nobody could be authenticated: add one of them, or write \"disable\": true to open the service"
	for _, c := range []struct {
		name, text string
		schema     bool
		want       string
	}{
		{"nothing", ``, inSchema, "line 1: unexpected end of JSON input"},
		{"an array", `[]`, inSchema, "line 1: must be an object"},
		{"not UTF-8", "{\"version\": \"\xff\"}", beyond, "the file is not valid UTF-8"},
		{"an empty section", `{"security": {}}`, inSchema, "line 1: " + nobody},
		{"only keys", "{\"security\": {\n\"keysDir\": \"/k\"}}", inSchema, "line 1: " + nobody},
		{"only policies", `{"security": {"acl": {"policies": [{"id": "a", "effect": "allow", "subjects": ["a"], "actions": ["GET"], "resources": ["/a"]}]}}}`, inSchema, "line 1: " + nobody},
		{"only public routes", `{"security": {"ignorePatterns": ["/a"]}}`, inSchema, "line 1: " + nobody},
		{"disable is false", `{"security": {"disable": false}}`, inSchema, "line 1: " + nobody},
		{"a section of another type", `{"security": true}`, inSchema, "line 1: security: must be an object"},
		{"null", `{"security": null}`, inSchema, "line 1: security: must be an object"},
		{"no provider", `{"security": {"oidc": []}}`, inSchema, "line 1: security.oidc: must not be empty: leave it out, or name one"},
		{"a provider of another type", `{"security": {"oidc": ["keycloak"]}}`, inSchema, "line 1: security.oidc[0]: must be an object"},
		{"providers of another type", `{"security": {"oidc": {}}}`, inSchema, "line 1: security.oidc: must be an array of objects"},
		{"an ACL without policies", `{"security": {"keysDir": "/k", "jwt": {}, "acl": {}}}`, inSchema, "line 1: security.acl: has neither policies nor file"},
		{"no policy", `{"security": {"keysDir": "/k", "jwt": {}, "acl": {"policies": []}}}`, inSchema, "line 1: security.acl.policies: has no policy, so every request would be refused"},
		{"a broken policy of an ACL that is off", `{"security": {"keysDir": "/k", "jwt": {}, "acl": {"disable": true, "policies": [7]}}}`, inSchema, "line 1: security.acl.policies[0]: must be an object"},
		{"several faults", "{\"service\": {\"name\": 1},\n\"securty\": {}}", inSchema, "line 1: service.name: must be a string\nline 2: securty: unknown field: did you mean security?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse([]byte(c.text))
			require.Error(t, err)
			assert.Equal(t, c.want, strings.ReplaceAll(strings.TrimPrefix(err.Error(), "config: "), "\nconfig: ", "\n"))
			ok, why := v.accepts([]byte(c.text))
			assert.Equal(t, c.schema, !ok, "the schema: %s", why)
		})
	}
}

// TestErrorsNameTheFile has the errors of files that cannot be read.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.json")
	require.NoError(t, os.WriteFile(large, make([]byte, 4<<20+1), 0o600))
	bad := filepath.Join(dir, "bad.json")
	for name, want := range map[string]string{
		filepath.Join(dir, "missing.json"): "missing.json: cannot be read: no such file or directory",
		dir:                                filepath.Base(dir) + ": cannot be read: it is not a regular file",
		large:                              "large.json: the file is larger than 4194304 bytes",
	} {
		_, err := config.Load(name)
		assert.EqualError(t, err, want)
	}
	for name, text := range map[string]string{
		"two faults":             "{\"a\": 1,\n\"b\": 2}",
		"two faults of policies": `{"security": {"keysDir": "/k", "jwt": {}, "acl": {"policies": [{"effect": "no", "subjects": ["<"]}]}}}`,
	} {
		require.NoError(t, os.WriteFile(bad, []byte(text), 0o600))
		_, err := config.Load(bad)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), "\n", name)
		for line := range strings.Lines(err.Error()) {
			assert.True(t, strings.HasPrefix(line, "bad.json: line "), "%s: %s", name, line)
		}
	}
}
