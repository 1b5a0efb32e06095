package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
			g.waitForPlugins(t)
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
			g.waitForPlugins(t)
			require.NoError(t, check())
			assert.Eventually(t, func() bool { return strings.HasPrefix(forge(), "401 ") }, time.Minute, 20*time.Millisecond,
				"another worker may enable them later, for which module service waits")
		})
	}
}
