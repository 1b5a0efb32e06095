package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// stranger serves /orders to the tokens that the keys in dir verify, and everything else to nobody. If it is open, it serves
// /orders to everybody.
func stranger(t *testing.T, dir string, open bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields := r.Header.Values("Authorization")
		scheme, token, _ := strings.Cut(strings.Join(fields, ", "), " ")
		w.Header().Set("WWW-Authenticate", "Bearer")
		switch {
		case open:
		case len(fields) > 1:
			w.WriteHeader(http.StatusBadRequest)
		case !strings.EqualFold(scheme, "Bearer") || !verifies(r.Context(), dir, token):
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.EscapedPath() != "/orders" || r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func verifies(ctx context.Context, dir, token string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "default.pub"))
	if err != nil {
		return false
	}
	key, err := keys.ParsePEM("default", text)
	if err != nil {
		return false
	}
	store, err := keys.Static(key)
	if err != nil {
		return false
	}
	config := jwt.Config{Issuers: []string{issuerName}, Audiences: []string{"orders"}}
	verifier, err := jwt.NewVerifier(store, config)
	if err != nil {
		return false
	}
	_, err = verifier.Verify(ctx, token)
	return err == nil
}

func TestStatus(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name  string
		open  bool
		args  string
		fails error
		says  []string
	}{
		{"sound", false, "-keys " + dir, nil, []string{`The issuer is "Conformance"`, " 0 broken.", "== Not tried ==", "needs a public path", "differs, but may"}},
		{"open", true, "-keys " + dir, errBroken, []string{"The worst is at the top", "== The service lets in what it should refuse ==", "GET /orders", "Whoever knows the address"}},
		{"not there", false, "-keys " + dir + " -url http://127.0.0.1:1", conformance.ErrNotTried, nil},
		{"another claim", false, "-keys " + dir + " -claims {} -wait 0s", conformance.ErrNotTried, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			server := stranger(t, dir, c.open)
			args := []string{"remote", "-status", "-protected", "/orders", "-claims", `{"aud":"orders"}`, "-url", server.URL, "-wait", "1ms"}
			err := run(t.Context(), append(args, strings.Fields(c.args)...), &out)
			assert.ErrorIs(t, err, c.fails)
			assert.Equal(t, c.name == "another claim", err != nil && strings.Contains(err.Error(), "-issuer, -alg and -claims"), err)
			for _, text := range c.says {
				assert.Contains(t, out.String(), text)
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				assert.LessOrEqual(t, len(line), width+40, "lines are broken")
			}
		})
	}
}

// TestStatusWithOneToken has a service that trusts an issuer of its own. Nobody but that service gets to see the token.
func TestStatusWithOneToken(t *testing.T) {
	dir := t.TempDir()
	issuer := coretest.NewIssuerFor(issuerName, "ES256")
	require.NoError(t, issuer.WriteKeys(dir))
	token := issuer.Microkubes(coretest.Claims{"aud": "orders"})
	file := write(t, "token", token+"\n")
	server := stranger(t, dir, false)
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"remote", "-status", "-protected", "/orders", "-url", server.URL, "-token", file, "-json", "-"}, &out))
	var got conformance.Judgment
	require.NoError(t, json.Unmarshal([]byte(out.String()), &got), "the output is JSON alone")
	assert.Greater(t, len(got.Tried), 20)
	assert.NotContains(t, out.String(), token[len(token)/2:])

	report := filepath.Join(t.TempDir(), "report.json")
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"remote", "-status", "-protected", "/orders", "-url", server.URL, "-token", file, "-json", report}, &out))
	assert.Contains(t, strings.Join(strings.Fields(out.String()), " "), "have the service trust an issuer of the suite")
	assert.NotContains(t, out.String(), token[len(token)/2:])
	assert.FileExists(t, report)
}

func TestStatusUsage(t *testing.T) {
	empty, published := write(t, "token", "\n"), t.TempDir()
	for says, args := range map[string]string{
		"needs -url":              "-keys d",
		"and either -token":       "-url http://127.0.0.1:1",
		"or a place to publish":   "-url http://127.0.0.1:1 -keys d -token x",
		"go together":             "-url http://127.0.0.1:1 -keys d -restricted /a",
		"not with -token":         "-url http://127.0.0.1:1 -token x -restricted /a -grant {}",
		"-alg is none of":         "-url http://127.0.0.1:1 -keys d -alg HS256",
		"-claims is not a JSON":   "-url http://127.0.0.1:1 -keys d -claims aud",
		"-grant is not a JSON":    "-url http://127.0.0.1:1 -keys d -restricted /a -grant null",
		"no such file":            "-url http://127.0.0.1:1 -token nowhere",
		"and not the token":       "-url http://127.0.0.1:1 -token eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
		"behind its flags":        "-url http://127.0.0.1:1 -keys d eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
		"is not a base URL":       "-url 127.0.0.1:1 -keys " + published + " -wait 1h",
		"is not a path":           "-url http://127.0.0.1:1 -protected orders -keys " + published + " -wait 1h",
		"that no OpenID provider": "-url http://127.0.0.1:1 -listen 127.0.0.1:9 -issuer http://a.test/?b",
		"-timeout is negative":    "-url http://127.0.0.1:1 -keys d -timeout -1s",
		"another port than 0":     "-url http://127.0.0.1:1 -listen 127.0.0.1:0",
		"is not a host and a po":  "-url http://127.0.0.1:1 -listen 127.0.0.1",
		"not a directory":         "-url http://127.0.0.1:1 -keys " + filepath.Join(empty, "d"),
		"has no token":            "-url http://127.0.0.1:1 -token " + empty,
		"has no certificate":      "-url https://127.0.0.1:1 -keys d -ca " + empty,
		"nowhere.pem: no such fi": "-url https://127.0.0.1:1 -keys d -ca nowhere.pem",
	} {
		err := run(t.Context(), append([]string{"remote", "-status"}, strings.Fields(args)...), new(strings.Builder))
		assert.ErrorIs(t, err, errUsage, args)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), "eyJ", "an argument may be a token by mistake")
	}
	err := run(t.Context(), []string{"remote", "-url", "http://127.0.0.1:1", "-keys", "d", "-protected", "/orders"}, new(strings.Builder))
	require.ErrorIs(t, err, errUsage)
	assert.ErrorContains(t, err, "-protected is for -status")
	assert.NoDirExists(t, "d", "nothing is published before the arguments are known to be right")
}

// TestDocuments finds the keys as a service does.
func TestDocuments(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	name := fmt.Sprintf("http://%s", server.Listener.Addr())
	issuer := coretest.NewIssuerFor(name, "ES256")
	server.Config.Handler = documents(issuer)
	server.Start()
	defer server.Close()
	for _, find := range []func() (*keys.RemoteSet, error){
		func() (*keys.RemoteSet, error) { return keys.Discover(t.Context(), name) },
		func() (*keys.RemoteSet, error) { return keys.Remote(t.Context(), name+"/jwks.json") },
	} {
		set, err := find()
		require.NoError(t, err)
		verifier, err := jwt.NewVerifier(set, jwt.Config{Issuers: []string{name}, AnyAudience: true})
		require.NoError(t, err)
		_, err = verifier.Verify(t.Context(), issuer.Microkubes(nil))
		assert.NoError(t, err)
		assert.NoError(t, set.Close())
	}
}
