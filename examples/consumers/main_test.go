package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/microkubes/microkubes-go/service"
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
	require.NoError(t, registrator.WaitLive(t.Context(), g.proxy+"/reports"))
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

const root = "33333333-3333-4333-8333-333333333333"

// whole names the administrator in every header.
var whole = []string{"X-Consumer-ID: " + root, "X-Consumer-Username: root", "X-Consumer-Custom-ID: r-1",
	"X-Credential-Identifier: 55555555-5555-4555-8555-555555555555", "X-Consumer-Groups: staff, admin"}

// forgeries are header lines with which a client names somebody else, or hides that it is anonymous.
var forgeries = map[string][]string{
	"everything":                         whole,
	"everything, twice":                  append(append([]string{}, whole...), whole...),
	"the id":                             {whole[0]},
	"the name":                           {whole[1]},
	"the custom id":                      {whole[2]},
	"the credential":                     {whole[3]},
	"the groups":                         {whole[4]},
	"the groups, twice":                  {"X-Consumer-Groups: staff", "X-Consumer-Groups: admin"},
	"the groups in lower case":           {"x-consumer-groups: admin"},
	"the groups in upper case":           {"X-CONSUMER-GROUPS: admin"},
	"in lower case":                      {strings.ToLower(whole[0]), strings.ToLower(whole[1]), "x-consumer-groups: admin"},
	"in mixed case":                      {"x-CoNsUmEr-iD: " + root, "x-cOnSuMeR-uSeRnAmE: root"},
	"with underscores":                   {"X_Consumer_ID: " + root, "X_Consumer_Username: root", "X_Consumer_Groups: admin", "X_Credential_Identifier: 1"},
	"with one underscore":                {"X-Consumer_ID: " + root, "X-Consumer_Groups: admin", "X-Consumer_Username: root"},
	"authenticated groups":               {"X-Authenticated-Groups: admin"},
	"the user of oauth2":                 {"X-Authenticated-Userid: root", "X-Authenticated-Scope: admin"},
	"the former identifier":              {"X-Credential-Username: root"},
	"roles":                              {"X-Consumer-Roles: admin", "X-Roles: admin", "X-Groups: admin"},
	"other gateways":                     {"X-Forwarded-User: root", "X-User-Id: root", "X-Remote-User: root", "X-Userinfo: cm9vdA=="},
	"not anonymous":                      append([]string{"X-Anonymous-Consumer: false"}, whole...),
	"anonymous":                          append([]string{"X-Anonymous-Consumer: true"}, whole...),
	"the mark, empty":                    append([]string{"X-Anonymous-Consumer:"}, whole...),
	"lists":                              {"X-Consumer-ID: " + consumers[0].ID + ", " + root, "X-Consumer-Username: ann, root"},
	"empty values":                       {"X-Consumer-ID:", "X-Consumer-Username:", "X-Credential-Identifier:", "X-Consumer-Groups:"},
	"a dropped mark":                     {"Connection: close, X-Anonymous-Consumer"},
	"a dropped mark, in lower case":      {"Connection: close, x-anonymous-consumer"},
	"dropped groups":                     append([]string{"Connection: close, X-Consumer-Groups"}, whole...),
	"a dropped id":                       append([]string{"Connection: close, X-Consumer-ID"}, whole...),
	"a dropped credential":               append([]string{"Connection: close, X-Credential-Identifier"}, whole...),
	"everything dropped":                 append([]string{"Connection: close, X-Consumer-ID, X-Consumer-Username, X-Consumer-Custom-ID, X-Credential-Identifier, X-Consumer-Groups, X-Anonymous-Consumer"}, whole...),
	"a proxy's address":                  append([]string{"X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1"}, whole...),
	"a bearer token":                     append([]string{"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJyb290In0.x"}, whole...),
	"a bearer token with the identifier": append([]string{"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiI1NTU1NTU1NS01NTU1LTQ1NTUtODU1NS01NTU1NTU1NTU1NTUifQ.x"}, whole...),
	"Basic":                              append([]string{"Authorization: Basic cm9vdDpyb290"}, whole...),
	"a cookie":                           append([]string{"Cookie: X-Consumer-ID=" + root + "; session=root"}, whole...),
	"another method":                     append([]string{"X-HTTP-Method-Override: OPTIONS", "X-Method-Override: OPTIONS"}, whole...),
	"a preflight":                        append([]string{"Origin: https://evil.example", "Access-Control-Request-Method: DELETE"}, whole...),
	"an upgrade":                         append([]string{"Connection: upgrade", "Upgrade: h2c"}, whole...),
	"not ASCII":                          {"X-Consumer-Username: r\xf6\xf6t", "X-Consumer-Groups: \u0430dmin"},
	"many":                               append(strings.Split(strings.Repeat("X-Junk: 1|", 110)+"X-Junk: 1", "|"), whole...),
}

// TestForgeries sends each forgery through the gateway, with an API key and without. The answer is that to the same request
// without the forgery, or a refusal.
func TestForgeries(t *testing.T) {
	require.GreaterOrEqual(t, len(forgeries), 30)
	for _, g := range gateways(t) {
		t.Run(g.name, func(t *testing.T) {
			s := start(t, g, nil)
			require.NoError(t, waitForPlugins(t.Context(), g.proxy+"/reports"))
			require.NoError(t, s.consumers.CheckRegistration(s.description.PluginConfigs()))
			status, body := raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann")
			require.Equal(t, 200, status, body)
			require.Equal(t, "ann, staff", body)
			for name, lines := range forgeries {
				for _, method := range []string{"GET", "OPTIONS", "DELETE"} {
					status, body := raw(t, "127.0.0.1", g.proxy, method, lines...)
					assert.Contains(t, []int{400, 401, 403}, status, "%s, %s without a key: %s", name, method, body)
					status, body = raw(t, "127.0.0.1", g.proxy, method, append([]string{"apikey: key-bob"}, lines...)...)
					assert.Contains(t, []int{400, 401, 403}, status, "%s, %s of a guest: %s", name, method, body)
					status, body = raw(t, "127.0.0.1", g.proxy, method, append([]string{"apikey: key-ann"}, lines...)...)
					if status == 200 {
						assert.NotEqual(t, "DELETE", method, name)
						assert.Equal(t, "ann, staff", body, "%s, %s of a member", name, method)
					} else {
						assert.Contains(t, []int{400, 401, 403}, status, "%s, %s of a member", name, method)
					}
				}
			}
		})
	}
}

// TestAnonymous has a gateway that lets anonymous requests pass, as a consumer with groups.
func TestAnonymous(t *testing.T) {
	for _, g := range gateways(t) {
		t.Run(g.name, func(t *testing.T) {
			s := start(t, g, []registrator.Plugin{
				{Name: "key-auth", Config: map[string]any{"run_on_preflight": true, "anonymous": "guest"}},
				{Name: "acl", Config: map[string]any{"allow": []string{"staff"}, "hide_groups_header": false}},
			})
			require.NoError(t, s.consumers.CheckRegistration(s.description.PluginConfigs()))
			require.Eventually(t, func() bool { // until a real gateway has loaded the plugins
				status, body := raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann")
				return status == 200 && body == "ann, staff"
			}, time.Minute, 100*time.Millisecond)
			for name, lines := range forgeries {
				status, body := raw(t, "127.0.0.1", g.proxy, "GET", lines...)
				assert.Contains(t, []int{400, 401}, status, "%s: %s", name, body)
			}
		})
	}
}

// TestPastTheGateway sends each forgery directly, from an address that is not the gateway's.
func TestPastTheGateway(t *testing.T) {
	s := start(t, gateways(t)[0], nil)
	require.NoError(t, s.consumers.CheckRegistration(s.description.PluginConfigs()))
	if conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}}).Dial("tcp", s.addr); err != nil {
		t.Skip("this system has no second loopback address: ", err)
	} else {
		_ = conn.Close()
	}
	for name, lines := range forgeries {
		status, body := raw(t, "127.0.0.2", s.addr, "GET", lines...)
		assert.Contains(t, []int{400, 401}, status, "%s: %s", name, body)
	}
	status, body := raw(t, "127.0.0.1", s.addr, "GET", whole...)
	assert.Equal(t, 200, status, "from a peer, the same headers are believed: %s", body)
}

// TestWithoutThePlugins registers the service without the plugins, so that the forgeries arrive.
func TestWithoutThePlugins(t *testing.T) {
	for _, g := range gateways(t) {
		t.Run(g.name, func(t *testing.T) {
			s := start(t, g, []registrator.Plugin{})
			refused := func(what string) {
				for name, lines := range forgeries {
					status, body := raw(t, "127.0.0.1", g.proxy, "GET", lines...)
					assert.Contains(t, []int{400, 503}, status, "%s, %s: %s", what, name, body)
				}
			}
			refused("not checked")
			require.ErrorContains(t, s.consumers.CheckRegistration(s.description.PluginConfigs()), "has none of the plugins")
			refused("refused")
		})
	}
}

// TestOperatorRemovesThePlugin shows what the provider cannot notice, and what the registrator repairs.
func TestOperatorRemovesThePlugin(t *testing.T) {
	g := gateways(t)[0]
	if g.name == "real" {
		t.Skip("a real gateway loads each change after seconds, which the steps of this test do not wait for")
	}
	s := start(t, g, nil)
	require.NoError(t, s.consumers.CheckRegistration(s.description.PluginConfigs()))
	plugin := func(name string) string {
		for _, p := range s.send(t, "GET", "/services/reports/plugins", nil, 200)["data"].([]any) {
			if p := p.(map[string]any); p["name"] == name {
				return "/plugins/" + p["id"].(string)
			}
		}
		t.Fatal("no plugin ", name)
		return ""
	}
	believed := func() bool {
		status, body := raw(t, "127.0.0.1", g.proxy, "GET", whole...)
		return status == 200 && strings.HasPrefix(body, "root")
	}
	repair := func() { require.NoError(t, s.kong.Register(t.Context(), s.description)) }

	require.False(t, believed())
	for _, name := range []string{"key-auth", "acl"} {
		s.send(t, "DELETE", plugin(name), nil, 204)
	}
	assert.True(t, believed(), "until the next check of the registrator")
	repair()
	assert.False(t, believed())

	s.send(t, "PATCH", plugin("acl"), map[string]any{"config": map[string]any{"hide_groups_header": true}}, 200)
	_, body := raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann", "X-Consumer-Groups: admin")
	assert.Equal(t, "ann, admin", body, "until the next check of the registrator")
	repair()
	_, body = raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann", "X-Consumer-Groups: admin")
	assert.Equal(t, "ann, staff", body)

	for _, name := range []string{"key-auth", "acl"} {
		s.send(t, "PATCH", plugin(name), map[string]any{"enabled": false}, 200)
	}
	repair()
	assert.True(t, believed(), "the registrator leaves enabled to the operator")
}

// TestOperatorDisablesThePlugins has forged headers arrive until the next check, which module service makes while it serves.
func TestOperatorDisablesThePlugins(t *testing.T) {
	for _, g := range gateways(t) {
		t.Run(g.name, func(t *testing.T) {
			s := start(t, g, nil)
			require.NoError(t, waitForPlugins(t.Context(), g.proxy+"/reports"))
			require.NoError(t, s.consumers.CheckRegistration(s.description.PluginConfigs()))
			check := func() error {
				applied, omitted, err := s.kong.AppliedPlugins(t.Context(), s.description)
				require.NoError(t, err)
				t.Log(omitted)
				return s.consumers.CheckGateway(applied)
			}
			forge := func() string {
				status, body := raw(t, "127.0.0.1", g.proxy, "GET", whole...)
				return fmt.Sprint(status, " ", body)
			}
			enable := func(enabled bool) {
				for _, p := range s.send(t, "GET", "/services/reports/plugins", nil, 200)["data"].([]any) {
					s.send(t, "PATCH", "/plugins/"+p.(map[string]any)["id"].(string), map[string]any{"enabled": enabled}, 200)
				}
			}
			require.NoError(t, check())
			require.Contains(t, forge(), "401 ")

			enable(false)
			require.Eventually(t, func() bool { return forge() == "200 root, staff and admin" }, time.Minute, 20*time.Millisecond,
				"they arrive when a real gateway has applied it")
			require.NoError(t, s.kong.Register(t.Context(), s.description))
			require.ErrorContains(t, check(), "has none of the plugins", "a repair leaves enabled to the operator")
			assert.Contains(t, forge(), "503 ")

			enable(true)
			require.NoError(t, waitForPlugins(t.Context(), g.proxy+"/reports"))
			require.NoError(t, check())
			assert.Eventually(t, func() bool { return strings.HasPrefix(forge(), "401 ") }, time.Minute, 20*time.Millisecond,
				"another worker may enable them later, for which module service waits")
		})
	}
}

func TestRun(t *testing.T) {
	g := gateways(t)[0]
	if g.name == "real" {
		t.Skip("the service of this test has the name that those of the other tests have")
	}
	config := configure("127.0.0.1:0", []string{"127.0.0.1"})
	config.GatewayURL, config.Linger = g.admin, -1
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx, config, build) }()
	require.Eventually(t, func() bool { // the service waits 10 seconds for the plugins
		status, body := raw(t, "127.0.0.1", g.proxy, "GET", "apikey: key-ann")
		return status == 200 && body == "ann, staff"
	}, time.Minute, 100*time.Millisecond)
	stop()
	assert.NoError(t, <-done)
}

// waitForPlugins waits until the route is live and the gateway itself refuses ten requests in a row that have no API key.
func waitForPlugins(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := registrator.WaitLive(ctx, url); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // each connection may reach another worker
	for refused := 0; refused < 10; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("the gateway does not refuse requests without an API key: %w", err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		byGateway := response.Header.Get("X-Kong-Response-Latency") != "" // another instance of the service may answer 401, too
		if refused++; response.StatusCode != http.StatusUnauthorized || !byGateway {
			refused = 0
			time.Sleep(100 * time.Millisecond)
		}
	}
	return nil
}
