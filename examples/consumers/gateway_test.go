package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/kong"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// gateway is a Kong in the process, or the real one that KONG_ADMIN_URL and KONG_PROXY_URL name.
type gateway struct{ name, admin, proxy string }

// consumers are the consumers of each gateway. "root" has every group, and its API key is not used.
var consumers = []kongtest.Consumer{
	{ID: "11111111-1111-4111-8111-111111111111", Username: "ann", CustomID: "a-1", Groups: []string{"staff"}, Keys: []string{"key-ann"}},
	{ID: "22222222-2222-4222-8222-222222222222", Username: "bob", Groups: []string{"guests"}, Keys: []string{"key-bob"}},
	{ID: "33333333-3333-4333-8333-333333333333", Username: "root", Groups: []string{"staff", "admin"}, Keys: []string{"key-root"}},
	{ID: "44444444-4444-4444-8444-444444444444", Username: "guest", Groups: []string{"staff"}},
}

func gateways(t *testing.T) []gateway {
	t.Helper()
	if admin := os.Getenv("KONG_ADMIN_URL"); admin != "" {
		g := gateway{"real", admin, os.Getenv("KONG_PROXY_URL")}
		for _, c := range consumers {
			g.put(t, "/consumers/"+c.ID, map[string]any{"username": c.Username, "custom_id": c.CustomID})
			for _, group := range c.Groups {
				g.post(t, "/consumers/"+c.ID+"/acls", map[string]any{"group": group})
			}
			for _, key := range c.Keys {
				g.post(t, "/consumers/"+c.ID+"/key-auth", map[string]any{"key": key})
			}
		}
		return []gateway{g}
	}
	var all []gateway
	for _, version := range []string{"3.9.3", "2.8.5"} {
		g := kongtest.Start(kongtest.Config{Version: version, Consumers: consumers})
		t.Cleanup(g.Close)
		all = append(all, gateway{version, g.AdminURL(), g.ProxyURL()})
	}
	return all
}

func (g gateway) put(t *testing.T, path string, body map[string]any) {
	g.send(t, http.MethodPut, path, body, 200)
}

// post creates an entity. A real gateway may have it from an earlier run.
func (g gateway) post(t *testing.T, path string, body map[string]any) {
	g.send(t, http.MethodPost, path, body, 201, 409)
}

func (g gateway) send(t *testing.T, method, path string, body map[string]any, want ...int) map[string]any {
	t.Helper()
	for name, value := range body {
		if value == "" {
			delete(body, name)
		}
	}
	var text []byte // Kong 2.8 answers 500 to GET with the body null
	if body != nil {
		text, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, g.admin+path, bytes.NewReader(text))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	require.Contains(t, want, response.StatusCode, "%s %s: %s", method, path, answer)
	var entity map[string]any
	_ = json.Unmarshal(answer, &entity)
	return entity
}

// waitLive waits until a real gateway has the route. A Kong in the process has it at once.
func (g gateway) waitLive(t *testing.T) {
	t.Helper()
	if g.name == "real" {
		require.NoError(t, registrator.WaitLive(t.Context(), g.proxy+"/reports"))
	}
}

// waitGone waits until a real gateway has no route any more, so that the next test does not meet this one's. Its workers forget it
// one after the other.
func (g gateway) waitGone(t *testing.T) {
	if g.name != "real" {
		return
	}
	gone := 0
	assert.Eventually(t, func() bool {
		if gone++; !g.hasNoRoute() {
			gone = 0
		}
		return gone == 10
	}, time.Minute, 200*time.Millisecond)
}

func (g gateway) hasNoRoute() bool {
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(g.proxy + "/reports")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusNotFound
}

// example is the service behind a gateway.
type example struct {
	gateway
	kong        *registrator.Kong
	description registrator.Service
	consumers   *kong.Provider
	addr        string
}

// start serves the example and registers it, with other plugins unless plugins is nil. The provider trusts 127.0.0.1.
func start(t *testing.T, g gateway, plugins []registrator.Plugin) *example {
	t.Helper()
	t.Setenv("API_GATEWAY_URL", g.admin)
	provider, chain, err := secure([]string{"127.0.0.1"})
	require.NoError(t, err)
	server := httptest.NewServer(routes(chain.WithLogger(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	s := &example{gateway: g, consumers: provider, addr: server.Listener.Addr().String()}
	config := configure("", nil)
	s.description = config.Registration
	s.description.Name, s.description.Paths, s.description.Instance = config.Name, config.Paths, s.addr
	s.description.RemoveWhenLast = true
	if plugins != nil {
		s.description.Plugins = plugins
	}
	s.kong, err = registrator.NewKong("", registrator.Config{Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, s.kong.Register(t.Context(), s.description))
	t.Cleanup(func() {
		assert.NoError(t, s.kong.Deregister(context.WithoutCancel(t.Context()), s.description))
		g.waitGone(t)
	})
	g.waitLive(t)
	return s
}

// raw sends a request as it is, so that fields are in their order and may come twice. It returns the status and the body.
func raw(t *testing.T, from, to, method string, lines ...string) (status int, body string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(to, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	if !strings.Contains(strings.Join(lines, "\n"), "Connection:") {
		lines = append(lines, "Connection: close")
	}
	_, err = io.WriteString(conn, method+" /reports HTTP/1.1\r\nHost: reports\r\n"+strings.Join(lines, "\r\n")+"\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// waitForPlugins waits until the route is live and the gateway itself refuses ten requests in a row that have no API key.
func (g gateway) waitForPlugins(t *testing.T) {
	t.Helper()
	g.waitLive(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // each connection may reach another worker
	refused := 0
	require.Eventually(t, func() bool {
		response, err := client.Get(g.proxy + "/reports")
		if !assert.NoError(t, err) {
			return true
		}
		_ = response.Body.Close()
		byGateway := response.Header.Get("X-Kong-Response-Latency") != "" // another instance of the service may answer 401, too
		if refused++; response.StatusCode != http.StatusUnauthorized || !byGateway {
			refused = 0
		}
		return refused == 10
	}, 30*time.Second, 10*time.Millisecond)
}
