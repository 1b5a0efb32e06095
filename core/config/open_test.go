package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/config"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

// platform has the servers of a Microkubes platform, which share their keys, and the folder with those.
type platform struct {
	jwt, oauth2 *coretest.Issuer
	keys        string
}

func newPlatform(t testing.TB) platform {
	t.Helper()
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	keys := t.TempDir()
	require.NoError(t, issuer.WriteKeys(keys))
	server := *issuer
	server.Name = "Microkubes Authorization Server"
	return platform{jwt: issuer, oauth2: &server, keys: keys}
}

// config parses a section security, in which KEYS stands for the folder with the keys.
func (p platform) config(t testing.TB, security string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(`{"security": ` + strings.ReplaceAll(security, "KEYS", p.keys) + `}`))
	require.NoError(t, err)
	return c
}

// open opens a section security.
func (p platform) open(t testing.TB, security string) *config.Security {
	t.Helper()
	s, err := p.config(t, security).Open(t.Context(), config.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// status returns what a client gets: 200, or the status of the refusal.
func status(t testing.TB, s *config.Security, request, token string, header ...string) int {
	method, target, _ := strings.Cut(request, " ")
	req := coretest.Request{Verb: method, Target: target, Headers: http.Header{}}
	if token != "" {
		req.Headers = coretest.Bearer(token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Headers.Add(header[i], header[i+1])
	}
	var res coretest.Recorder
	if _, ok := s.Chain().Guard(t.Context(), req, &res); ok {
		return http.StatusOK
	}
	return res.Status
}

func TestPlatformFile(t *testing.T) {
	p := newPlatform(t)
	text, err := os.ReadFile("testdata/platform/user-saml.json")
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "service.json")
	require.NoError(t, os.WriteFile(name, bytes.ReplaceAll(text, []byte("/run/secrets\""), []byte(p.keys+`"`)), 0o600))
	c, err := config.Load(name)
	require.NoError(t, err)
	var log bytes.Buffer
	s, err := c.Open(t.Context(), config.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer s.Close()

	user := p.jwt.Microkubes(coretest.Claims{"roles": "user"})
	admin := p.oauth2.AuthorizationServer(coretest.Claims{"roles": "admin"})
	other := coretest.NewIssuer("Microkubes JWT Authority").Microkubes(coretest.Claims{"roles": "admin"})
	for _, c := range []struct {
		request, token string
		want           int
	}{
		{"GET /users/me", "", 401},
		{"GET /users/me", user, 200},
		{"PUT /users/me", user, 403},
		{"GET /users/7", user, 403},
		{"GET /users/7", admin, 200},
		{"DELETE /users/7", admin, 200},
		{"DELETE /users/7", other, 401},
		{"GET /users/verify", "", 200},
		{"GET /users/verify", user, 200},
		{"GET /admin/users/verify/all", "", 401},
		{"GET /users/verifyXYZ", "", 401},
		{"GET /users/verify/", "", 401},
		{"GET /users/%76erify", "", 401},
		{"OPTIONS /users/me", "", 401},
		{"GET /users/me", p.jwt.Microkubes(coretest.Claims{"roles": "user", "iss": "microservice-user"}), 401},
	} {
		assert.Equal(t, c.want, status(t, s, c.request, c.token), c.request)
	}
	assert.Equal(t, []string{
		"line 16: security.ignorePatterns[0]: matches whole paths only: in the original it opened every path with a match in it. Write ^ and $ around it if whole paths are meant",
		"line 16: security.ignorePatterns[1]: matches whole paths only: in the original it opened every path with a match in it. Write ^ and $ around it if whole paths are meant",
		"line 22: security.saml: is disabled: its credentials are not accepted, and browsers are not redirected to sign in",
	}, c.Warnings())
	for _, w := range c.Warnings() {
		assert.Contains(t, log.String(), w)
	}
	for _, secret := range []string{"password", "secrets", user, admin} {
		assert.NotContains(t, log.String(), secret)
	}
}

// TestOneProviderAtATime has what the sections accept alone.
func TestOneProviderAtATime(t *testing.T) {
	p := newPlatform(t)
	login := coretest.StartIssuer()
	defer login.Close()
	sso := coretest.NewIssuerServer(coretest.NewIssuer("/realms/main"))
	sso.Start()
	defer sso.Close()
	jwt, access := p.jwt.Microkubes(nil), p.oauth2.AuthorizationServer(coretest.Claims{"scopes": "orders"})
	rfc := *p.jwt
	rfc.Name = "https://login.example.com"
	keycloak := coretest.Claims{"typ": "Bearer", "azp": "shop", "realm_access": map[string]any{"roles": []string{"admin"}}}
	for _, c := range []struct {
		name, security string
		token          string
		want           int
	}{
		{"jwt", `{"keysDir": "KEYS", "jwt": {}}`, jwt, 200},
		{"jwt, of the authorization-server", `{"keysDir": "KEYS", "jwt": {}}`, access, 401},
		{"jwt of another issuer", `{"keysDir": "KEYS", "jwt": {"issuers": ["other"]}}`, jwt, 401},
		{"jwt of one of two", `{"keysDir": "KEYS", "jwt": {"issuers": ["other", "Microkubes JWT Authority"]}}`, jwt, 200},
		{"jwt for any audience", `{"keysDir": "KEYS", "jwt": {"audiences": ["orders"]}}`, jwt, 401},
		{"jwt for this audience", `{"keysDir": "KEYS", "jwt": {"audiences": ["orders"]}}`, p.jwt.Microkubes(coretest.Claims{"aud": "orders"}), 200},
		{"oauth2", `{"keysDir": "KEYS", "oauth2": {}}`, access, 200},
		{"oauth2, of the jwt-issuer", `{"keysDir": "KEYS", "oauth2": {}}`, jwt, 401},
		{"oauth2 with its scope", `{"keysDir": "KEYS", "oauth2": {"scopes": ["orders"]}}`, access, 200},
		{"oauth2 without a scope", `{"keysDir": "KEYS", "oauth2": {"scopes": ["orders", "more"]}}`, access, 403},
		{"oauth2 by RFC 9068", `{"keysDir": "KEYS", "oauth2": {"form": "rfc9068", "issuers": ["https://login.example.com"], "audiences": ["orders"]}}`, rfc.AccessToken("orders", nil), 200},
		{"for another audience", `{"keysDir": "KEYS", "oauth2": {"form": "rfc9068", "issuers": ["https://login.example.com"], "audiences": ["orders"]}}`, rfc.AccessToken("carts", nil), 401},
		{"oidc", `{"oidc": [{"preset": "issuer", "issuer": "` + login.URL + `", "audiences": ["orders"]}]}`, login.AccessToken("orders", nil), 200},
		{"oidc for another audience", `{"oidc": [{"preset": "issuer", "issuer": "` + login.URL + `", "audiences": ["orders"]}]}`, login.AccessToken("carts", nil), 401},
		{"keycloak", `{"oidc": [{"preset": "keycloak", "realm": "` + sso.URL + `", "client": "orders"}]}`, sso.AccessToken("orders", keycloak), 200},
		{"keycloak, an ID token", `{"oidc": [{"preset": "keycloak", "realm": "` + sso.URL + `", "client": "orders"}]}`, sso.AccessToken("orders", coretest.Claims{"typ": "ID"}), 401},
		{"all of them", `{"keysDir": "KEYS", "jwt": {}, "oauth2": {}, "oidc": [{"preset": "issuer", "issuer": "` + login.URL + `", "audiences": ["orders"]}]}`, login.AccessToken("orders", nil), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := p.open(t, c.security)
			assert.Equal(t, c.want, status(t, s, "GET /", c.token))
			assert.Equal(t, 401, status(t, s, "GET /", ""), "without a token")
		})
	}
}

// TestRolesClaim reads the roles where the file says.
func TestRolesClaim(t *testing.T) {
	login := coretest.StartIssuer()
	defer login.Close()
	c, err := config.Parse([]byte(`{"security": {
		"oidc": [{"preset": "issuer", "name": "login", "issuer": "` + login.URL + `", "audiences": ["orders"], "rolesClaim": ["https://example.com/roles"], "required": true}],
		"acl": {"policies": [{"id": "a", "effect": "allow", "subjects": ["<.*>"], "actions": ["GET"], "resources": ["<.+>"],
			"conditions": {"roles": {"type": "RolesCondition", "options": {"values": ["admin"]}}}}]}}}`))
	require.NoError(t, err)
	s, err := c.Open(t.Context(), config.Options{})
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, 200, status(t, s, "GET /", login.AccessToken("orders", coretest.Claims{"https://example.com/roles": []string{"admin"}})))
	assert.Equal(t, 403, status(t, s, "GET /", login.AccessToken("orders", coretest.Claims{"roles": []string{"admin"}})))
}

// TestDisabled opens a service, and says so.
func TestDisabled(t *testing.T) {
	var log bytes.Buffer
	c, err := config.Parse([]byte(`{"security": {"disable": true, "keysDir": "/missing", "jwt": {}}}`))
	require.NoError(t, err)
	s, err := c.Open(t.Context(), config.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	require.NoError(t, err)
	assert.Equal(t, 200, status(t, s, "DELETE /orders/7", ""))
	assert.Equal(t, 400, status(t, s, "DELETE /orders//7", ""), "a malformed path is refused all the same")
	res := coretest.Recorder{}
	_, ok := s.Chain().With(core.RequireRoles("admin")).Guard(t.Context(), coretest.Request{}, &res)
	assert.False(t, ok, "a route that requires something refuses")
	var record struct{ Level, Warning string }
	first, _, _ := bytes.Cut(log.Bytes(), []byte("\n"))
	require.NoError(t, json.Unmarshal(first, &record))
	assert.Equal(t, "WARN", record.Level)
	assert.Equal(t, "line 1: security.disable: the service is open: every request passes without an identity", record.Warning)
	assert.NoError(t, s.Close())
}

func TestACL(t *testing.T) {
	p := newPlatform(t)
	token := p.jwt.Microkubes(coretest.Claims{"username": "ann"})
	const policy = `{"policies": [{"id": "a", "effect": "allow", "subjects": ["ann"], "actions": ["GET"], "resources": ["/a"]}]}`
	name := filepath.Join(t.TempDir(), "acl.json")
	require.NoError(t, os.WriteFile(name, []byte(policy), 0o600))
	for section, want := range map[string][2]int{
		policy:                             {200, 403},
		`{"file": "` + name + `"}`:         {200, 403},
		`{"disable": true, ` + policy[1:]:  {200, 200},
		`{"disable": true}`:                {200, 200},
		`{"disable": false, ` + policy[1:]: {200, 403},
	} {
		s := p.open(t, `{"keysDir": "KEYS", "jwt": {}, "acl": `+section+`}`)
		assert.Equal(t, want, [2]int{status(t, s, "GET /a", token), status(t, s, "GET /b", token)}, section)
		assert.Equal(t, want[1] == 403, s.Policies() != nil, section)
	}
	off := p.open(t, `{"keysDir": "KEYS", "jwt": {}, "acl": {"disable": true, "file": "missing.json"}}`)
	assert.Nil(t, off.Policies(), "the file of an ACL that is off is not read")
	c := p.config(t, `{"keysDir": "KEYS", "jwt": {}, "acl": {"disable": true}}`)
	assert.Equal(t, []string{"line 1: security.acl.disable: the ACL is off: every authenticated caller may do everything"}, c.Warnings())
}

// TestClock gives the clock of the program to every provider.
func TestClock(t *testing.T) {
	p := newPlatform(t)
	login := coretest.StartIssuer()
	defer login.Close()
	c := p.config(t, `{"keysDir": "KEYS", "jwt": {}, "oauth2": {}, "oidc": [{"preset": "issuer", "issuer": "`+login.URL+`", "audiences": ["a"]}]}`)
	for in, want := range map[time.Duration]int{0: 200, 2 * time.Hour: 401} {
		s, err := c.Open(t.Context(), config.Options{Now: func() time.Time { return time.Now().Add(in) }, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		for _, token := range []string{p.jwt.Microkubes(nil), p.oauth2.AuthorizationServer(nil), login.AccessToken("a", nil)} {
			assert.Equal(t, want, status(t, s, "GET /", token))
		}
		require.NoError(t, s.Close())
	}
}

func TestErrorsOfOpen(t *testing.T) {
	p := newPlatform(t)
	for _, c := range []struct{ name, file, want string }{
		{"no section", `{"service": {"name": "a"}}`, "config: the file has no section security for calls of the service: add one with jwt, oauth2 or oidc, or with \"disable\": true to open the service"},
		{"the section of the authorization-server", `{"security": {"signingMethod": "RS256"}}`, "config: the file has no section security for calls of the service"},
		{"no folder", `{"security": {"keysDir": "KEYS/missing", "jwt": {}}}`, "config: security.keysDir: keys: "},
		{"no policies", `{"security": {"keysDir": "KEYS", "jwt": {}, "acl": {"file": "missing.json"}}}`, "config: security.acl.file: missing.json: cannot be read: no such file or directory"},
		{"an argument of a preset", "{\"security\": {\"keysDir\": \"KEYS\", \"jwt\": {}, \"oidc\": [\n{\"preset\": \"keycloak\", \"realm\": \"https://a.example/realms/a\", \"client\": \"account\"}]}}", "config: line 2: security.oidc[0]: oidc: keycloak: \"account\" is in aud"},
		{"one issuer twice", `{"security": {"keysDir": "KEYS", "jwt": {"issuers": ["a"]}, "oauth2": {"issuers": ["a"]}}}`, "config: "},
		{"a server that does not answer", `{"security": {"keysDir": "KEYS", "jwt": {}, "oidc": [{"preset": "issuer", "issuer": "https://login.example.com", "audiences": ["a"], "required": true}]}}`, "config: line 1: security.oidc[0]: oidc: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, err := config.Parse([]byte(strings.ReplaceAll(c.file, "KEYS", p.keys)))
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) { // which finds the goroutines that are left
				down := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded })}
				s, err := parsed.Open(t.Context(), config.Options{Client: down, Logger: slog.New(slog.DiscardHandler)})
				require.Error(t, err)
				assert.Nil(t, s)
				assert.Contains(t, err.Error(), c.want)
			})
		})
	}
}

// TestClose ends what Open has started, and the chain keeps working.
func TestClose(t *testing.T) {
	p := newPlatform(t)
	token := p.jwt.Microkubes(coretest.Claims{"username": "ann"})
	name := filepath.Join(t.TempDir(), "acl.json")
	require.NoError(t, os.WriteFile(name, []byte(`[{"id": "a", "effect": "allow", "subjects": ["ann"], "actions": ["GET"], "resources": ["/a"]}]`), 0o600))
	c := p.config(t, `{"keysDir": "KEYS", "jwt": {}, "acl": {"file": "`+name+`"}}`)
	now := time.Now() // that of the bubble is another
	synctest.Test(t, func(t *testing.T) {
		s, err := c.Open(t.Context(), config.Options{Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
		require.NoError(t, err)
		stores := s.Stores()
		require.Len(t, stores, 2)
		assert.Implements(t, (*keys.Store)(nil), stores[0])
		assert.True(t, stores[1] == io.Closer(s.Policies()))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "a second time")
		assert.Equal(t, 200, status(t, s, "GET /a", token))
		assert.Equal(t, "config.Security", fmt.Sprintf("%+v", s))
	})
}
