package interop_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// The users of testdata/keycloak/main-realm.json.
const (
	annID   = "11111111-1111-4111-8111-111111111111"
	bobID   = "22222222-2222-4222-8222-222222222222"
	batchID = "33333333-3333-4333-8333-333333333333"
)

// keycloak is the distribution of Keycloak in development mode, with the realm of testdata/keycloak.
type keycloak struct {
	java, home, port, base, issuer string
	log                            *log
	running                        *process
}

func (s *keycloak) provider(t *testing.T) core.Authenticator {
	t.Helper()
	return open(t, oidc.Keycloak(s.issuer, "orders"))
}

// prepare makes a home for this run: the programs are those of the distribution, the database is the run's own.
func (s *keycloak) prepare(t *testing.T) {
	s.java = newestJava(t)
	distribution := keycloakDistribution(t, s.java)
	s.home, s.log = t.TempDir(), newLog(t)
	for _, dir := range []string{"bin", "conf"} { // bin/kc.sh finds the home by its own place
		require.NoError(t, os.CopyFS(filepath.Join(s.home, dir), os.DirFS(filepath.Join(distribution, dir))))
	}
	for _, dir := range []string{"lib", "providers", "themes"} {
		require.NoError(t, os.Symlink(filepath.Join(distribution, dir), filepath.Join(s.home, dir)))
	}
	realms := filepath.Join(s.home, "data", "import")
	require.NoError(t, os.MkdirAll(realms, 0o750))
	require.NoError(t, os.CopyFS(realms, os.DirFS(filepath.Join("testdata", "keycloak"))))
	var address string
	address, s.port = freeAddress(t)
	s.base = "http://" + address
	s.issuer = s.base + "/realms/main"
}

func (s *keycloak) start(t *testing.T) {
	cmd := exec.Command("sh", "-c", untilStdinEnds, "sh", filepath.Join(s.home, "bin", "kc.sh"), "start-dev", "--import-realm",
		"--http-host=127.0.0.1", "--http-port="+s.port, "--hostname="+s.base, "--cache=local", "--http-access-log-enabled=true")
	cmd.Env = append(os.Environ(), "JAVA_HOME="+s.java, "KC_BOOTSTRAP_ADMIN_USERNAME=root", "KC_BOOTSTRAP_ADMIN_PASSWORD=root-password")
	s.running = startProcess(t, s.log, cmd)
	waitFor(t, s.issuer, s.running.ended, 5*time.Minute)
}

func (s *keycloak) stop(t *testing.T) { s.running.stop(t) }

func (s *keycloak) requests() (l *log, keys, tokens string) {
	const path = "/realms/main/protocol/openid-connect/"
	return s.log, path + "certs", path + "token"
}

func (s *keycloak) tokenEndpoint() string { return s.issuer + "/protocol/openid-connect/token" }

// user gets the tokens of a user by the resource owner's password.
func (s *keycloak) user(t *testing.T, client, secret, name, scope string) grant {
	t.Helper()
	var result grant
	form := url.Values{"grant_type": {"password"}, "username": {name}, "password": {name + "-password"}, "scope": {scope}}
	post(t, s.tokenEndpoint(), client, secret, form, &result)
	return result
}

// machine gets an access token by client credentials.
func (s *keycloak) machine(t *testing.T, client string) string {
	t.Helper()
	var result grant
	post(t, s.tokenEndpoint(), client, client+"-secret", url.Values{"grant_type": {"client_credentials"}}, &result)
	return result.Access
}

// bound gets an access token that is bound to a key (RFC 9449), by client credentials.
func (s *keycloak) bound(t *testing.T, client string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key},
		&jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{jose.HeaderType: "dpop+jwt"}})
	require.NoError(t, err)
	claims, err := json.Marshal(map[string]any{
		"jti": rand.Text(), "htm": http.MethodPost, "htu": s.tokenEndpoint(), "iat": time.Now().Unix(),
	})
	require.NoError(t, err)
	signed, err := signer.Sign(claims)
	require.NoError(t, err)
	proof, err := signed.CompactSerialize()
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.tokenEndpoint(), strings.NewReader("grant_type=client_credentials"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("DPoP", proof)
	req.SetBasicAuth(client, client+"-secret")
	var result grant
	exchange(t, req, &result)
	return result.Access
}

func (s *keycloak) token(t *testing.T) string { return s.machine(t, "batch") }

// admin sends a request to the admin REST API and decodes the answer into result, unless that is nil.
func (s *keycloak) admin(t *testing.T, method, path string, body, result any) {
	t.Helper()
	var session grant
	post(t, s.base+"/realms/master/protocol/openid-connect/token", "admin-cli", "",
		url.Values{"grant_type": {"password"}, "username": {"root"}, "password": {"root-password"}}, &session)
	data, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, s.base+"/admin/realms/main"+path, bytes.NewReader(data))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+session.Access)
	req.Header.Set("Content-Type", "application/json")
	exchange(t, req, result)
}

// A keycloakKey is a key of the realm, and the component that provides it.
type keycloakKey struct {
	Kid, ProviderID, Use string
	ProviderPriority     int
}

func (s *keycloak) keys(t *testing.T) []keycloakKey {
	t.Helper()
	var all struct{ Keys []keycloakKey }
	s.admin(t, http.MethodGet, "/keys", nil, &all)
	return all.Keys
}

// rotate adds a key provider with a higher priority than all others.
func (s *keycloak) rotate(t *testing.T) {
	priority := 0
	for _, key := range s.keys(t) {
		priority = max(priority, key.ProviderPriority)
	}
	var realm struct{ ID string }
	s.admin(t, http.MethodGet, "", nil, &realm)
	next := strconv.Itoa(priority + 1)
	s.admin(t, http.MethodPost, "/components", map[string]any{
		"name": "rotated-" + next, "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider", "parentId": realm.ID,
		"config": map[string][]string{
			"priority": {next}, "enabled": {"true"}, "active": {"true"}, "algorithm": {"RS256"}, "keySize": {"2048"},
		},
	}, nil)
}

// retire removes the component that provides the key.
func (s *keycloak) retire(t *testing.T, kid string) {
	for _, key := range s.keys(t) {
		if key.Kid == kid {
			s.admin(t, http.MethodDelete, "/components/"+key.ProviderID, nil, nil)
			return
		}
	}
	t.Fatal("the realm does not have the key")
}

func (s *keycloak) samples(t *testing.T) []sample {
	ann, bob := s.user(t, "shop", "", "ann", "openid"), s.user(t, "shop-at-jwt", "", "bob", "openid")
	stranger, own := s.user(t, "stranger", "", "ann", "openid"), s.user(t, "orders", "orders-secret", "ann", "openid")
	light, offline := s.user(t, "shop-light", "", "ann", "openid"), s.user(t, "shop", "", "ann", "openid offline_access")
	scopes := []string{"email", "openid", "profile"}
	return []sample{
		{name: "keycloak-user-admin", text: ann.Access, want: &identity{User: annID, Name: "ann", Client: "shop",
			Roles: []string{"admin", "default-roles-main", "offline_access", "uma_authorization", "write"}, Scopes: scopes}},
		{name: "keycloak-user-at-jwt", text: bob.Access,
			want: &identity{User: bobID, Name: "bob", Client: "shop-at-jwt", Scopes: scopes}},
		{name: "keycloak-machine", text: s.token(t),
			want: &identity{User: batchID, Name: "service-account-batch", Client: "batch",
				Roles: []string{"default-roles-main", "offline_access", "uma_authorization", "write"}, Scopes: []string{"email", "profile"}}},
		{name: "keycloak-user-lightweight", text: light.Access}, // has neither a subject nor roles
		{name: "keycloak-machine-dpop", text: s.bound(t, "batch")},
		{name: "keycloak-offline-token", text: offline.Refresh},
		{name: "keycloak-id-token", text: ann.ID},
		{name: "keycloak-id-token-of-this-service", text: own.ID},
		{name: "keycloak-refresh-token", text: ann.Refresh},
		{name: "keycloak-user-without-audience", text: stranger.Access},
		{name: "keycloak-user-of-this-service-as-client", text: own.Access},
		{name: "keycloak-machine-of-another-service", text: s.machine(t, "billing")},
	}
}
