package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

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
			g.waitForPlugins(t)
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
