package registrator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// gateway is a gateway that the suite runs against: one in the process, or a real one named by KONG_ADMIN_URL and
// KONG_PROXY_URL. Its Admin API is reached through a tap that counts, so that what is counted is what arrives.
type gateway struct {
	t       *testing.T
	real    bool
	version string
	direct  string // the Admin API, for the operator
	admin   string // the same behind the tap
	proxy   string

	mu     sync.Mutex
	writes []string
}

// onEachGateway runs the test on Kong 2.8 and 3.9 in kongtest, and on a real gateway if there is one.
func onEachGateway(t *testing.T, test func(t *testing.T, g *gateway)) {
	for _, version := range []string{"2.8.5", "3.9.3"} {
		t.Run("kongtest "+version, func(t *testing.T) {
			k := kongtest.Start(kongtest.Config{Version: version})
			t.Cleanup(k.Close)
			test(t, tap(t, &gateway{version: version, direct: k.AdminURL(), proxy: k.ProxyURL()}))
		})
	}
	t.Run("real", func(t *testing.T) {
		admin, proxy := os.Getenv("KONG_ADMIN_URL"), os.Getenv("KONG_PROXY_URL")
		if admin == "" || proxy == "" {
			t.Skip("KONG_ADMIN_URL and KONG_PROXY_URL name no real gateway")
		}
		g := &gateway{t: t, real: true, direct: strings.TrimRight(admin, "/"), proxy: strings.TrimRight(proxy, "/")}
		_, node := g.operator("GET", "/", nil)
		g.version, _ = node["version"].(string)
		t.Logf("the gateway is Kong %s", g.version)
		test(t, tap(t, g))
	})
}

func tap(t *testing.T, g *gateway) *gateway {
	g.t = t
	target, err := url.Parse(g.direct)
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			g.mu.Lock()
			g.writes = append(g.writes, r.Method+" "+r.URL.Path)
			g.mu.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.admin = server.URL
	return g
}

// written returns what was written since the last call of written.
func (g *gateway) written() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.writes
	g.writes = nil
	return w
}

// kong returns a new registrator, as in a new process.
func (g *gateway) kong() *registrator.Kong {
	return newKong(g.t, g.admin, patient)
}

// patient is for gateways on the network that answer: no request is sent again because the machine is busy.
var patient = registrator.Config{AttemptTimeout: time.Minute, Timeout: 2 * time.Minute}

// newKong returns a registrator that, by default, does not log and has a timeout of 30 seconds.
func newKong(t *testing.T, url string, config registrator.Config) *registrator.Kong {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Timeout == 0 {
		config.Timeout = 30 * time.Second
	}
	k, err := registrator.NewKong(url, config)
	require.NoError(t, err)
	return k
}

// operator sends a request as an operator with curl would. It returns the status and the entity.
func (g *gateway) operator(method, path string, body map[string]any) (int, map[string]any) {
	g.t.Helper()
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(g.t, err)
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, g.direct+path, payload)
	require.NoError(g.t, err)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	require.NoError(g.t, err)
	defer res.Body.Close()
	var answer map[string]any
	_ = json.NewDecoder(res.Body).Decode(&answer)
	return res.StatusCode, answer
}

// must is operator for a request that must succeed.
func (g *gateway) must(method, path string, body map[string]any) map[string]any {
	g.t.Helper()
	status, answer := g.operator(method, path, body)
	require.Less(g.t, status, 300, "%s %s: %v", method, path, answer)
	return answer
}

// list returns the data of a list of the Admin API.
func (g *gateway) list(path string) []map[string]any {
	g.t.Helper()
	var all []map[string]any
	data, _ := g.must("GET", path, nil)["data"].([]any)
	for _, item := range data {
		all = append(all, item.(map[string]any))
	}
	return all
}

// name returns a name that nobody else uses. Its entities are deleted after the test.
func (g *gateway) name() string {
	name := fmt.Sprintf("mkgo-%08x", rand.Uint32())
	g.t.Cleanup(func() {
		_, routes := g.operator("GET", "/services/"+name+"/routes", nil)
		data, _ := routes["data"].([]any)
		for _, r := range data {
			g.operator("DELETE", "/routes/"+fmt.Sprint(r.(map[string]any)["id"]), nil)
		}
		for _, path := range []string{"/routes/" + name, "/services/" + name, "/upstreams/" + upstream(name)} {
			g.operator("DELETE", path, nil)
		}
	})
	return name
}

// upstream returns the name of the upstream of a service.
func upstream(service string) string { return service + ".upstream" }

// hello returns a description with a name and a path of its own.
func (g *gateway) hello() registrator.Service {
	name := g.name()
	return registrator.Service{Name: name, Paths: []string{"/" + name}, Host: "hello.example.com", Port: 5000}
}

// backend starts a service that answers with its name.
func backend(t *testing.T, says string) (host string, port int) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", says, r.URL.Path)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	_, err = fmt.Sscan(u.Port(), &port)
	require.NoError(t, err)
	return u.Hostname(), port
}

// ask sends a request through the proxy.
func (g *gateway) ask(path string) (int, string) {
	g.t.Helper()
	res, err := http.Get(g.proxy + path)
	require.NoError(g.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(g.t, err)
	return res.StatusCode, string(body)
}

// eventually asks until the answer is as wanted, since a real gateway does not serve writes at once.
func (g *gateway) eventually(path, want string) {
	g.t.Helper()
	var last string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		status, body := g.ask(path)
		if last = fmt.Sprint(status, " ", body); strings.HasPrefix(last, want) {
			return
		}
	}
	assert.Fail(g.t, "never answered as wanted", "%s: %q, want %q", path, last, want)
}

// soon returns a context that ends with the test, or after two minutes.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
