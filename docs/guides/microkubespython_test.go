package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// seed has the programs of microkubes-python.md and what a client gets from them.
var seed = []struct {
	program        string
	named, unnamed string // the answers to a request with a token, and to one without
	empty          string // a collection of the gateway that is empty when the program has left
}{
	{"hello", "200 Hello from Go service on Microkubes", "200 Hello from Go service on Microkubes",
		"/upstreams/hello-service.upstream/targets"},
	{"gateway", "200 Hello from Go service on Microkubes", "200 Hello from Go service on Microkubes", "/routes"},
	{"chain", "200 Hello user@example.com from Go service on Microkubes", `401 {"code":401,"message":"authentication required"}`,
		"/upstreams/hello-service.upstream/targets"},
	{"secured", "200 Hello user@example.com from Go service on Microkubes", `401 {"code":401,"message":"authentication required"}`,
		"/upstreams/hello-service.upstream/targets"},
}

// program is a program of the page in a folder with the keys of an issuer, behind a gateway.
type program struct {
	cmd     *exec.Cmd
	log     bytes.Buffer // read when the program has ended
	gateway *kongtest.Gateway
	issuer  *coretest.Issuer
}

// newProgram returns a program of the folder built.
func newProgram(t *testing.T, built, name string, gateway *kongtest.Gateway) *program {
	t.Helper()
	t.Cleanup(gateway.Close)
	p := &program{cmd: exec.Command(filepath.Join(built, name)), gateway: gateway, issuer: coretest.NewIssuer("Microkubes JWT Authority")}
	folder := t.TempDir()
	require.NoError(t, p.issuer.WriteKeys(filepath.Join(folder, "keys")))
	p.cmd.Dir, p.cmd.Stderr = folder, &p.log
	p.cmd.Env = append(os.Environ(), "LISTEN_ADDR=127.0.0.1:0", "SERVICE_HOST=127.0.0.1", "KEYS_DIR=", "JWT_ISSUER=", "OAUTH2_ISSUER=",
		"API_GATEWAY_URL="+gateway.AdminURL())
	return p
}

// start starts the program, and waits until the gateway serves it.
func (p *program) start(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // after a failure
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, registrator.WaitLive(ctx, p.gateway.ProxyURL()+"/hello"))
}

// get returns the status and the body of an answer.
func get(t *testing.T, url, authorization string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil) // clean-ups call it, too, and the client has a timeout
	require.NoError(t, err)
	if r.Close = true; authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.Status[:4] + string(body)
}

// TestMicrokubesPython builds the programs of the page, and runs them as users do.
func TestMicrokubesPython(t *testing.T) {
	built := t.TempDir()
	build := exec.Command("go", "build", "-o", built, "./microkubespython/...")
	build.Env = append(os.Environ(), "GOWORK=off")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Run("from the registration to the end", func(t *testing.T) { runPrograms(t, built) })
	for _, s := range seed {
		t.Run(s.program+" with a gateway that refuses", func(t *testing.T) {
			p := newProgram(t, built, s.program, kongtest.Start(kongtest.Config{Token: "another"}))
			var exit *exec.ExitError
			require.ErrorAs(t, p.cmd.Run(), &exit)
			assert.Equal(t, 1, exit.ExitCode())
			assert.Contains(t, p.log.String(), "register hello-service: gateway: unauthorized")
		})
	}
}

// runPrograms tells all programs to stop at once, because most of them keep serving for 10 seconds after they have left the
// gateway.
func runPrograms(t *testing.T, built string) {
	programs := map[string]*program{}
	for _, s := range seed {
		p := newProgram(t, built, s.program, kongtest.Start(kongtest.Config{}))
		p.start(t)
		assert.Equal(t, s.named, get(t, p.gateway.ProxyURL()+"/hello", p.token(nil)), s.program)
		assert.Equal(t, s.unnamed, get(t, p.gateway.ProxyURL()+"/hello", ""), s.program)
		assert.NotContains(t, get(t, p.gateway.AdminURL()+s.empty, ""), `"data":[]`, s.program)
		programs[s.program] = p
	}
	t.Run("tokens", func(t *testing.T) { tryTokens(t, programs["secured"]) })
	for _, p := range programs {
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	}
	for _, s := range seed {
		p := programs[s.program]
		assert.NoError(t, p.cmd.Wait(), "SIGTERM ends %s with status 0: %s", s.program, &p.log)
		assert.Contains(t, get(t, p.gateway.AdminURL()+s.empty, ""), `"data":[]`, "%s has left the gateway", s.program)
	}
}

// tryTokens holds what the page says of tokens.
func tryTokens(t *testing.T, p *program) {
	const (
		accepted = "200 Hello user@example.com from Go service on Microkubes"
		refused  = `401 {"code":401,"message":"invalid token"}`
	)
	server := *p.issuer
	server.Name = "Microkubes Authorization Server"
	for name, c := range map[string]struct{ authorization, want string }{
		"of the authorization server": {"Bearer " + server.AuthorizationServer(nil), accepted},
		"no exp":                      {p.token(coretest.Claims{"exp": coretest.Absent}), refused},
		"another issuer":              {p.token(coretest.Claims{"iss": "Jormungandr JWT Authority"}), refused},
		"an audience":                 {p.token(coretest.Claims{"aud": "hello-service"}), accepted},
		"no scopes":                   {p.token(coretest.Claims{"scopes": coretest.Absent}), accepted},
		"no username":                 {p.token(coretest.Claims{"username": coretest.Absent}), "200 Hello  from Go service on Microkubes"},
		"sub alone":                   {p.token(coretest.Claims{"userId": coretest.Absent}), accepted},
		"a number":                    {p.token(coretest.Claims{"userId": 7}), refused},
		"roles in an array":           {p.token(coretest.Claims{"roles": []string{"user"}}), accepted},
		"lower case":                  {"bearer " + p.issuer.Microkubes(nil), accepted},
		"not a JWT":                   {"Bearer abc", refused},
	} {
		assert.Equal(t, c.want, get(t, p.gateway.ProxyURL()+"/hello", c.authorization), name)
	}
}

func (p *program) token(changes coretest.Claims) string {
	return "Bearer " + p.issuer.Microkubes(changes)
}

// TestMainFitsAScreen holds the lines that a service with a few routes writes to run.
func TestMainFitsAScreen(t *testing.T) {
	for _, s := range countedServices {
		if strings.HasSuffix(s.file, ".py") {
			continue
		}
		n, err := countLines(s.file)
		require.NoError(t, err)
		assert.Positive(t, n.main, s.file)
		assert.LessOrEqual(t, n.run, 40, "%s: functions main and routes", s.file)
	}
}
