package interop_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// project is the audience that Zitadel gives to tokens for the services of a project: its id.
const project = "271828182845904523"

// zitadel is the provider of github.com/zitadel/oidc, which is also Zitadel's own, with the storage and the login of its
// example. It runs in the process of the tests.
type zitadel struct {
	address, issuer string
	log             *log
	storage         *zitadelStorage
	handler         http.Handler
	running         *http.Server
}

func (s *zitadel) provider(t *testing.T) core.Authenticator {
	t.Helper()
	return open(t, oidc.Zitadel(s.issuer, project))
}

func (s *zitadel) prepare(t *testing.T) {
	s.log = newLog(t)
	s.address, _ = freeAddress(t)
	s.issuer = "http://" + s.address
	s.storage = newZitadelStorage(t)
	router := exampleop.SetupServer(s.issuer, s.storage, nil, false)
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{w, http.StatusOK}
		router.ServeHTTP(seen, r)
		_, _ = fmt.Fprintf(s.log, "%q %d\n", r.Method+" "+r.URL.Path+" HTTP/1.1", seen.status)
	})
}

// A statusWriter keeps the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (s *zitadel) start(t *testing.T) {
	listener, err := net.Listen("tcp", s.address)
	require.NoError(t, err)
	s.running = &http.Server{Handler: s.handler, ReadHeaderTimeout: time.Minute}
	go func(server *http.Server) { _ = server.Serve(listener) }(s.running)
	t.Cleanup(func() { _ = s.running.Close() })
	waitFor(t, s.issuer+"/healthz", nil, time.Minute)
}

func (s *zitadel) stop(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_ = s.running.Shutdown(ctx)
	require.NoError(t, s.running.Close())
}

func (s *zitadel) requests() (l *log, keys, tokens string) { return s.log, "/keys", "/oauth/token" }

func (s *zitadel) rotate(t *testing.T) { s.storage.rotate(t) }

func (s *zitadel) retire(_ *testing.T, kid string) { s.storage.retire(kid) }

func (s *zitadel) token(t *testing.T) string { return s.machine(t, zitadelAudience) }

// machine gets an access token of the example's service user by client credentials.
func (s *zitadel) machine(t *testing.T, scope string) string {
	t.Helper()
	var result grant
	post(t, s.issuer+"/oauth/token", "sid1", "verysecret", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}, &result)
	return result.Access
}

// user gets the tokens of a user by the authorization code flow. The example has a page for the login.
func (s *zitadel) user(t *testing.T, name string) grant {
	t.Helper()
	window := browser(t)
	query := url.Values{
		"client_id": {"shop"}, "response_type": {"code"}, "redirect_uri": {callback}, "nonce": {"n"},
		"scope": {"openid profile offline_access " + zitadelAudience + " " + zitadelRoles},
	}
	resp, err := window.Get(s.issuer + "/auth?" + query.Encode())
	page := where(t, resp, err)
	resp, err = window.PostForm(s.issuer+"/login/username", url.Values{
		"id": {page.Query().Get("authRequestID")}, "username": {name}, "password": {name + "-password"},
	})
	back := where(t, resp, err)
	require.NotEmpty(t, back.Query().Get("code"), back)
	var result grant
	post(t, s.issuer+"/oauth/token", "shop", "shop-secret", url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {callback},
	}, &result)
	return result
}

func (s *zitadel) samples(t *testing.T) []sample {
	ann, bob := s.user(t, "ann"), s.user(t, "bob")
	return []sample{
		{name: "zitadel-user-admin", text: ann.Access,
			want: &identity{User: "id-ann", Client: "shop", Roles: []string{"admin", "writer"}}},
		{name: "zitadel-user", text: bob.Access, want: &identity{User: "id-bob", Client: "shop"}},
		{name: "zitadel-machine", text: s.token(t), want: &identity{User: "sid1", Client: "sid1"}},
		{name: "zitadel-id-token", text: ann.ID},
		{name: "zitadel-refresh-token", text: ann.Refresh},
		{name: "zitadel-machine-of-another-service", text: s.machine(t, "openid")},
	}
}
