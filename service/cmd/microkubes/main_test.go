package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// platform has the servers of a Microkubes platform, which share their keys, and the variable with the folder of those.
type platform struct {
	jwt, oauth2 *coretest.Issuer
	environ     []string
}

func newPlatform(t testing.TB) platform {
	t.Helper()
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	dir := t.TempDir()
	require.NoError(t, issuer.WriteKeys(dir))
	server := *issuer
	server.Name = "Microkubes Authorization Server"
	return platform{issuer, &server, []string{"SERVICE_CONFIG__SECURITY__KEYSDIR=" + dir}}
}

// explain runs the command with a token on standard input.
func (p platform) explain(t testing.TB, token string, args ...string) (output string, status int) {
	t.Helper()
	var out bytes.Buffer // both, in the order in which they are written
	status = run(t.Context(), append([]string{"explain"}, args...), p.environ, strings.NewReader(token), &out, &out)
	return out.String(), status
}

// TestOutput compares the outputs with testdata/explain.txt. UPDATE=1 writes it.
func TestOutput(t *testing.T) {
	p := newPlatform(t)
	ann := p.jwt.Microkubes(coretest.Claims{"username": "ann@example.com", "userId": "u-1", "roles": "user,editor", "organizations": "acme,other", "namespaces": "n-1", "tenant": "t2"})
	expired := p.jwt.Microkubes(coretest.Claims{"username": "ann@example.com", "roles": "user", "exp": time.Date(2026, 11, 1, 1, 0, 0, 0, time.UTC).Unix(), "iat": 0})
	client := p.oauth2.AuthorizationServer(coretest.Claims{"username": "bob@example.com", "roles": "guest", "scopes": "orders", "userId": "u-2"})
	var page strings.Builder
	for _, c := range []struct {
		why, token, args string
		status           int
	}{
		{"a policy allows the request", ann, "-config testdata/service.json -token - GET /orders/7?full=1", 0},
		{"no policy allows it", client, "-config testdata/service.json -token - GET /orders/7", 1},
		{"a policy denies it", ann, "-config testdata/service.json -token - DELETE /orders/7", 1},
		{"a policy reads organizations and a claim", ann, "-config testdata/service.json -token - GET /partners", 1},
		{"the owner is not known", ann, "-config testdata/service.json -token - PUT /orders/7", 1},
		{"the owner", ann, "-config testdata/service.json -token - -owner ann@example.com PUT /orders/7", 0},
		{"another owner", ann, "-config testdata/service.json -token - -owner bob@example.com PUT /orders/7", 1},
		{"an expired token", expired, "-config testdata/service.json -token - GET /orders/7", 1},
		{"the same, at a time at which it was good", expired, "-config testdata/service.json -token - -at 2026-11-01T00:30:00Z GET /orders/7", 0},
		{"a forged token", coretest.NewIssuer(p.jwt.Name).Microkubes(nil), "-config testdata/service.json -token - GET /orders/7", 1},
		{"a token without a scope", p.oauth2.AuthorizationServer(coretest.Claims{"scopes": "more"}), "-config testdata/service.json -token - GET /orders/7", 1},
		{"a token of another issuer", p.jwt.Microkubes(coretest.Claims{"iss": "another"}), "-config testdata/service.json -token - GET /orders/7", 1},
		{"text that is not a token", "hunter2hunter2", "-config testdata/service.json -token - GET /orders/7", 1},
		{"no token", "", "-config testdata/service.json GET /orders/7", 1},
		{"a public path", ann, "-config testdata/service.json -token - GET /health", 0},
		{"a path with a slash too many", ann, "-config testdata/service.json -token - GET /orders/7/", 1},
		{"a path in capitals, and a method in small letters", ann, "-config testdata/service.json -token - get /Orders/7", 1},
		{"a public path with a slash too many", "", "-config testdata/service.json GET /health/", 1},
		{"a malformed path", ann, "-config testdata/service.json -token - GET /orders//7", 1},
		{"warnings of the file", "", "-config testdata/public.json POST /docs/a", 0},
		{"an open service", "", "-config testdata/disabled.json DELETE /orders/7", 0},
		{"a bad file", "", "-config testdata/bad.json GET /orders/7", 2},
		{"no file", "", "GET /orders/7", 2},
		{"a token in the arguments", "", "-config testdata/service.json -token eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl GET /orders/7", 2},
		{"no path", "", "-config testdata/service.json GET", 2},
		{"no time", "", "-config testdata/service.json -at yesterday GET /orders/7", 2},
		{"help", "", "-h", 0},
	} {
		output, status := p.explain(t, c.token, strings.Fields(c.args)...)
		assert.Equal(t, c.status, status, c.why)
		fmt.Fprintf(&page, "# %s\n$ microkubes explain %s\n%sexit status %d\n\n", c.why, c.args, output, status)
	}
	const name = "testdata/explain.txt"
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(name, []byte(page.String()), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(want), page.String(), "run the test with UPDATE=1 after a change that is meant")
}

// TestUsage has arguments that are wrong.
func TestUsage(t *testing.T) {
	p := newPlatform(t)
	for _, args := range [][]string{nil, {"explane"}, {"-config", "x"}, {"help"}} {
		var out bytes.Buffer
		assert.Equal(t, notTried, run(t.Context(), args, p.environ, strings.NewReader(""), &out, &out))
		assert.Equal(t, usage, out.String())
	}
	large := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(large, make([]byte, maxToken+1), 0o600))
	for args, want := range map[string]string{
		"-config testdata/service.json -token @missing GET /":       "the file with the token cannot be opened: no such file or directory",
		"-config testdata/service.json -token @testdata GET /":      "the token cannot be read",
		"-config testdata/service.json -token @" + large + " GET /": "the token is longer than 65536 bytes",
		"-config testdata/service.json -token - GET /":              "the token is empty",
		"-config testdata/service.json GET orders":                  "the path must begin with /",
		"-config testdata/service.json GET /é":                      "the path must begin with / and be escaped",
		"-config testdata/service.json /orders GET":                 "the method must be one such as GET",
		"-config testdata/service.json GET / -token -":              "write a method and a path behind the flags",
		"-config testdata/service.json -tokn - GET /":               "a flag is unknown or has no value",
		"-config testdata/service.json -config":                     "a flag is unknown or has no value",
		"-config testdata/missing.json GET /":                       "missing.json: cannot be read",
	} {
		output, status := p.explain(t, " \n", strings.Fields(args)...)
		assert.Equal(t, notTried, status, args)
		assert.Contains(t, output, want, args)
	}
}

// TestWhereTheTokenIs reads a token from standard input and from a file, as it is copied from a header or an answer.
func TestWhereTheTokenIs(t *testing.T) {
	p := newPlatform(t)
	token := p.jwt.Microkubes(coretest.Claims{"roles": "user"})
	for _, text := range []string{token, token + "\n", "Bearer " + token, "bearer  " + token + "\r\n", `"Bearer ` + token + "\"\n"} {
		file := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		for _, from := range []string{"-", "@" + file} {
			_, status := p.explain(t, text, "-config", "testdata/service.json", "-token", from, "GET", "/orders")
			assert.Equal(t, allowed, status)
		}
	}
}

// TestNothingElseOfTheToken asks about tokens with random claims, good, bad and damaged, and looks for pieces of them in the
// output.
func TestNothingElseOfTheToken(t *testing.T) {
	p := newPlatform(t)
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprintf("%08x", random.Uint32()) }
	requests := [][]string{{"GET", "/orders/7"}, {"PUT", "/orders/7"}, {"DELETE", "/orders/7"}, {"GET", "/partners"}, {"GET", "/health"}, {"GET", "/a//b"}}
	forger := coretest.NewIssuer(p.jwt.Name)
	for range 20 {
		shown := coretest.Claims{"username": word(), "roles": word() + "," + word(), "scopes": "orders " + word()}
		hidden := coretest.Claims{"userId": word(), "sub": word(), "jti": word(), "email": word(), "tenant": word(), word(): word(), "client_id": word(), "namespaces": word()}
		claims := coretest.Claims{"aud": word()}
		for _, set := range []coretest.Claims{shown, hidden} {
			for name, value := range set {
				claims[name] = value
			}
		}
		good := []string{p.jwt.Microkubes(claims), p.oauth2.AuthorizationServer(claims)}
		texts := append([]string{forger.Microkubes(claims)}, good...)
		for _, token := range good {
			cut := random.IntN(len(token))
			texts = append(texts, token[:cut], token+word(), strings.Replace(token, ".", word(), 1), token+" "+word())
		}
		claims["exp"] = 1
		texts = append(texts, p.jwt.Microkubes(claims), p.jwt.Sign(map[string]any{"alg": "RS256", "kid": word(), "typ": word()}, claims))
		request := requests[random.IntN(len(requests))]
		for _, text := range texts {
			args := append([]string{"-config", "testdata/service.json", "-token", "-"}, request...)
			output, _ := p.explain(t, text, args...)
			inArguments, status := p.explain(t, "", "-config", "testdata/service.json", "-token", text, "GET", "/")
			assert.True(t, status == notTried || text == "")
			misplaced, _ := p.explain(t, "", "-config", "testdata/service.json", "GET", "/", text)
			flagged, _ := p.explain(t, "", "-"+text, "GET", "/")
			requireNoPiece(t, output+inArguments+misplaced+flagged, text)
			for name, value := range hidden {
				require.NotContains(t, output, value, "the claim %s of a request %s", name, request)
			}
		}
	}
}

// TestNoControlOfTheTerminal has a token whose names would move the cursor, end the line or turn the text around.
func TestNoControlOfTheTerminal(t *testing.T) {
	p := newPlatform(t)
	const evil = "a\x1b[2J\x1b]0;owned\a\r\nanswer    allowed\u202e\u009b2J\x7f"
	for _, claims := range []coretest.Claims{
		{"username": evil}, {"username": "", "sub": evil}, {"roles": []string{evil}}, {"scopes": []string{evil}},
		{"organizations": []string{evil}}, {"namespaces": []string{evil}}, {"tenant": evil}, {evil: 1}, {"iss": evil}, {"aud": evil},
	} {
		for _, path := range []string{"/orders/7", "/partners"} {
			output, _ := p.explain(t, p.jwt.Microkubes(claims), "-config", "testdata/service.json", "-token", "-", "GET", path)
			require.NotContains(t, output, "\nanswer    allowed\u202e")
			for _, r := range output {
				require.True(t, r == '\n' || ' ' <= r && r <= '~', "%q in the output for %q:\n%s", r, claims, output)
			}
		}
	}
}

// requireNoPiece fails if eight characters of a token are in the output.
func requireNoPiece(t *testing.T, output, token string) {
	t.Helper()
	const size = 8
	pieces := map[string]bool{}
	for i := 0; i+size <= len(token); i++ {
		pieces[token[i:i+size]] = true
	}
	for i := 0; i+size <= len(output); i++ {
		require.False(t, pieces[output[i:i+size]], "a piece of the token is in the output:\n%s", output)
	}
}
