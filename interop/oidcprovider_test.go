package interop_test

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// ordersResource and billingResource are the resource indicators of testdata/oidc-provider (RFC 8707).
const (
	ordersResource  = "https://orders.example.com"
	billingResource = "https://billing.example.com"
)

// oidcProvider is the npm package oidc-provider, in the program testdata/oidc-provider/server.mjs.
type oidcProvider struct {
	node, dir, port, issuer string
	log                     *log
	running                 *process
}

func (s *oidcProvider) provider(t *testing.T) core.Authenticator {
	t.Helper()
	return open(t, oidc.Issuer(s.issuer, ordersResource))
}

// prepare copies the program to a folder of the test and installs its packages there, from npm's own cache if they are in it.
func (s *oidcProvider) prepare(t *testing.T) {
	s.node = newNode(t)
	npm := tool(t, "npm", "installs oidc-provider")
	s.dir, s.log = t.TempDir(), newLog(t)
	require.NoError(t, os.CopyFS(s.dir, os.DirFS(filepath.Join("testdata", "oidc-provider"))))
	install := exec.CommandContext(t.Context(), npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = s.dir
	output, err := install.CombinedOutput()
	require.NoError(t, err, "npm ci: %s", output)
	var address string
	address, s.port = freeAddress(t)
	s.issuer = "http://" + address
}

// newNode returns the path of a Node.js that oidc-provider runs on, or ends the test.
func newNode(t *testing.T) string {
	t.Helper()
	const oldest = 20 // older versions do not have the global variable crypto
	node := tool(t, "node", "runs oidc-provider")
	version, err := exec.CommandContext(t.Context(), node, "--version").Output()
	require.NoError(t, err)
	var major int
	_, err = fmt.Sscanf(string(version), "v%d.", &major)
	require.NoError(t, err)
	if major < oldest {
		missing(t, fmt.Sprintf("node is version %d, and oidc-provider needs %d or later", major, oldest))
	}
	t.Logf("oidc-provider on Node %d", major)
	return node
}

func (s *oidcProvider) start(t *testing.T) {
	cmd := exec.Command(s.node, "server.mjs", s.port, "keys.json")
	cmd.Dir = s.dir
	s.running = startProcess(t, s.log, cmd)
	waitFor(t, s.issuer+"/ready", s.running.ended, time.Minute)
}

func (s *oidcProvider) stop(t *testing.T) { s.running.stop(t) }

func (s *oidcProvider) requests() (l *log, keys, tokens string) { return s.log, "/jwks", "/token" }

// command sends a line to the program and waits until it is done.
func (s *oidcProvider) command(t *testing.T, line string) {
	t.Helper()
	done := "done " + strings.Fields(line)[0]
	before := strings.Count(s.log.text(t), done)
	_, err := io.WriteString(s.running.stdin, line+"\n")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Count(s.log.text(t), done) > before }, 10*time.Second, 20*time.Millisecond, done)
}

func (s *oidcProvider) rotate(t *testing.T) { s.command(t, "rotate") }

func (s *oidcProvider) retire(t *testing.T, kid string) { s.command(t, "retire "+kid) }

func (s *oidcProvider) token(t *testing.T) string { return s.machine(t, ordersResource) }

// machine gets an access token by client credentials.
func (s *oidcProvider) machine(t *testing.T, resource string) string {
	t.Helper()
	var result grant
	post(t, s.issuer+"/token", "batch", "batch-secret", url.Values{
		"grant_type": {"client_credentials"}, "resource": {resource}, "scope": {"orders:read orders:write"},
	}, &result)
	return result.Access
}

// user gets the tokens of a user by the authorization code flow with PKCE (RFC 7636).
func (s *oidcProvider) user(t *testing.T, name string) grant {
	t.Helper()
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636, appendix B
	query := url.Values{
		"client_id": {"shop"}, "response_type": {"code"}, "redirect_uri": {callback}, "prompt": {"consent"}, "login_hint": {name},
		"scope": {"openid offline_access orders:read"}, "resource": {ordersResource},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	resp, err := browser(t).Get(s.issuer + "/auth?" + query.Encode())
	back := where(t, resp, err)
	require.NotEmpty(t, back.Query().Get("code"), back)
	var result grant
	post(t, s.issuer+"/token", "shop", "shop-secret", url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "code_verifier": {verifier},
		"redirect_uri": {callback}, "resource": {ordersResource},
	}, &result)
	return result
}

func (s *oidcProvider) samples(t *testing.T) []sample {
	ann, bob := s.user(t, "ann"), s.user(t, "bob")
	return []sample{
		{name: "oidc-provider-user-admin", text: ann.Access,
			want: &identity{User: "ann", Client: "shop", Roles: []string{"admin"}, Scopes: []string{"orders:read"}}},
		{name: "oidc-provider-user", text: bob.Access, want: &identity{User: "bob", Client: "shop", Scopes: []string{"orders:read"}}},
		{name: "oidc-provider-machine", text: s.machine(t, ordersResource),
			want: &identity{User: "batch", Client: "batch", Scopes: []string{"orders:read", "orders:write"}}},
		{name: "oidc-provider-id-token", text: ann.ID},
		{name: "oidc-provider-refresh-token", text: ann.Refresh},
		{name: "oidc-provider-machine-of-another-service", text: s.machine(t, billingResource)},
	}
}
