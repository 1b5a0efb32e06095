// Package examples_test starts the example services as a user would, and checks that they are alike.
package examples_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

var services = []struct{ dir, name string }{{"nethttp", "net/http"}, {"echo", "Echo"}, {"gin", "Gin"}, {"fiber", "Fiber"}}

const issuerName = "Microkubes JWT Authority"

func build(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "hello-service")
	out, err := exec.Command("go", "build", "-o", program, "./"+dir).CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

// start runs the service on a free port and returns its address. When the test ends, the service gets SIGTERM. It must then
// exit with code 0, and must have deregistered.
func start(t *testing.T, program, keysDir string, gateway *kongtest.Gateway) string {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "LISTEN_ADDR=127.0.0.1:0", "KEYS_DIR="+keysDir, "JWT_ISSUER="+issuerName,
		"API_GATEWAY_URL="+gateway.AdminURL())
	logs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines, addr, found := bufio.NewScanner(logs), "", false
	for !found && lines.Scan() {
		_, addr, found = strings.Cut(lines.Text(), "INFO serving service=hello-service address=")
	}
	require.True(t, found, "the service says where it serves")
	go func() { // a full pipe would block the service
		for lines.Scan() {
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		assert.NoError(t, cmd.Wait(), "SIGTERM ends the service with exit code 0")
		status, body := call(t, "GET", gateway.AdminURL()+"/upstreams/hello-service.upstream/targets", "")
		assert.Equal(t, 200, status)
		assert.Contains(t, body, `"data":[]`, "it has removed its target from the gateway")
	})
	return "http://" + addr
}

// TestAdaptersAreThin limits the lines of code that bind each framework: what an adapter decides, another may decide differently.
// Packages that adapters share are not counted: those of Fiber make up for what fasthttp does to a request. Nor are watch.go and
// mux.go, which list the routes for an audit, and serve.go, which serves an app: they decide on no request.
func TestAdaptersAreThin(t *testing.T) {
	for adapter, limit := range map[string]int{
		"nethttp": 70, "echo": 70, "echov5": 70, "gin": 80, // they share core/httpseam
		"fiber": 190, "fiberv3": 210,
	} {
		files, err := filepath.Glob(filepath.Join("..", "adapters", adapter, "*.go"))
		require.NoError(t, err)
		lines := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || slices.Contains([]string{"watch.go", "mux.go", "serve.go"}, filepath.Base(file)) {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range bytes.Lines(text) {
				if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
					lines++
				}
			}
		}
		assert.LessOrEqual(t, lines, limit, adapter)
		assert.Greater(t, lines, 50, adapter)
	}
}

func TestServices(t *testing.T) {
	issuer := coretest.NewIssuer(issuerName)
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, issuer.WriteKeys(dir))
	user := issuer.Microkubes(nil)
	admin := issuer.Microkubes(coretest.Claims{"roles": "user,admin"})
	writer := issuer.Microkubes(coretest.Claims{"scopes": "orders:write"})
	server := *issuer // the same key, as on the platform
	server.Name = "Microkubes Authorization Server"
	client := server.AuthorizationServer(nil)
	long := issuer.Microkubes(coretest.Claims{"padding": strings.Repeat("p", 5500)})
	require.Greater(t, len(long), 8000)
	for _, s := range services {
		t.Run(s.dir, func(t *testing.T) {
			t.Parallel() // each keeps serving for 10 seconds after it has left the gateway
			gateway := kongtest.Start(kongtest.Config{})
			t.Cleanup(gateway.Close)
			direct := start(t, build(t, s.dir), dir, gateway)
			for _, c := range []struct {
				method, path, token string
				status              int
				body                string
			}{
				{"GET", "/healthcheck", "", 200, `{"status":"ok"}`},
				{"GET", "/hello", user, 200, "Hello user@example.com from " + s.name + " service on Microkubes"},
				{"GET", "/hello", long, 200, "Hello user@example.com from " + s.name + " service on Microkubes"},
				{"GET", "/hello", client, 200, "Hello user@example.com from " + s.name + " service on Microkubes"},
				{"GET", "/hello", "", 401, `{"code":401,"message":"authentication required"}`},
				{"GET", "/hello", user + "x", 401, `{"code":401,"message":"invalid token"}`},
				{"POST", "/orders", writer, 200, "Order of user@example.com taken"},
				{"POST", "/orders", user, 403, `{"code":403,"message":"access denied"}`},
				{"GET", "/admin/report", admin, 200, "Report for admins"},
				{"GET", "/admin/report", user, 403, `{"code":403,"message":"access denied"}`},
				{"GET", "/admin/report", "", 401, `{"code":401,"message":"authentication required"}`},
			} {
				for _, base := range []string{direct, gateway.ProxyURL()} {
					status, body := call(t, c.method, base+c.path, c.token)
					assert.Equal(t, fmt.Sprint(c.status, " ", c.body), fmt.Sprint(status, " ", body), "%s %s%s", c.method, base, c.path)
				}
			}
		})
	}
}

func call(t *testing.T, method, url, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil) // the client has a timeout, and clean-ups call it too
	require.NoError(t, err)
	r.Close = true
	if token != "" {
		r.Header = coretest.Bearer(token)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(res.Body)
	require.NoError(t, err)
	return res.StatusCode, body.String()
}

// TestStartFailsWithoutAGateway has gateways that refuse. The services say why, and exit with code 1.
func TestStartFailsWithoutAGateway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, coretest.NewIssuer(issuerName).WriteKeys(dir))
	guarded, readOnly := kongtest.Start(kongtest.Config{Token: "t"}), kongtest.Start(kongtest.Config{DBLess: true})
	defer guarded.Close()
	defer readOnly.Close()
	for _, s := range services {
		program := build(t, s.dir)
		for url, says := range map[string]string{
			guarded.AdminURL():  "service cannot start: registrator: register hello-service: gateway: unauthorized: GET / answered 401",
			readOnly.AdminURL(): "service cannot start: registrator: register hello-service: gateway: read-only: GET /: it runs without a database",
			"kong:8001":         "service cannot start: registrator: configure: invalid: API_GATEWAY_URL has no scheme: write",
		} {
			cmd := exec.Command(program)
			cmd.Env = append(os.Environ(), "LISTEN_ADDR=127.0.0.1:0", "KEYS_DIR="+dir, "API_GATEWAY_URL="+url)
			out, err := cmd.CombinedOutput()
			var code *exec.ExitError
			require.ErrorAs(t, err, &code, s.dir)
			assert.Equal(t, 1, code.ExitCode(), s.dir)
			assert.Contains(t, string(out), says, s.dir)
		}
	}
	assert.Empty(t, readOnly.Writes())
}

// TestStartFailsClearly runs the services without keys. They say what to do, and exit with an error.
func TestStartFailsClearly(t *testing.T) {
	for _, s := range services {
		program := build(t, s.dir)
		for name, c := range map[string]struct{ dir, says string }{
			"missing": {filepath.Join(t.TempDir(), "nowhere"), "the keys directory cannot be opened"},
			"empty":   {t.TempDir(), "put the public keys there"},
		} {
			t.Run(s.dir+"/"+name, func(t *testing.T) {
				cmd := exec.Command(program)
				cmd.Env = append(os.Environ(), "LISTEN_ADDR=127.0.0.1:0", "KEYS_DIR="+c.dir)
				out, err := cmd.CombinedOutput()
				require.Error(t, err)
				assert.Contains(t, string(out), "hello-service cannot start: the keys directory is ")
				assert.Contains(t, string(out), c.says)
			})
		}
	}
}

// TestAlike checks that the services are alike, and that what a service writes to run fits on a screen: func main is the same in
// all of them, and main and routes have at most 40 lines together.
func TestAlike(t *testing.T) {
	var model string
	for _, s := range services {
		source, err := os.ReadFile(filepath.Join(s.dir, "main.go"))
		require.NoError(t, err)
		_, body, found := strings.Cut(string(source), "\nfunc main() {\n")
		require.True(t, found, s.dir)
		run, _, found := strings.Cut(body, "\nfunc hello(")
		require.True(t, found, s.dir)
		assert.LessOrEqual(t, strings.Count(run, "\n"), 40, s.dir)
		main, _, found := strings.Cut(run, "\nfunc routes(app *service.App) (service.Server, error) {\n")
		require.True(t, found, s.dir)
		if model == "" {
			model = main
		}
		assert.Equal(t, model, main, s.dir)
	}
}
