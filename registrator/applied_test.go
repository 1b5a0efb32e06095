package registrator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

// TestAppliedPlugins changes plugins on the gateway as an operator could.
func TestAppliedPlugins(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Plugins = []registrator.Plugin{
			{Name: "key-auth", Config: map[string]any{"run_on_preflight": true}}, {Name: "rate-limiting", Config: map[string]any{"minute": 5}},
		}
		applied := func(want string, says ...string) {
			t.Helper()
			g.written()
			configs, omitted, err := g.kong().AppliedPlugins(soon(t), s)
			require.NoError(t, err)
			var names []string
			for name, config := range configs {
				assert.Equal(t, s.PluginConfigs()[name], config)
				names = append(names, name)
			}
			slices.Sort(names)
			assert.Equal(t, want, strings.Join(names, " "))
			require.Len(t, omitted, len(says))
			for i := range says {
				assert.Contains(t, omitted[i], says[i])
			}
			assert.Empty(t, g.written())
		}
		plugin := func(name string) string {
			for _, p := range g.list("/services/" + s.Name + "/plugins") {
				if p["name"] == name {
					return "/plugins/" + fmt.Sprint(p["id"])
				}
			}
			return ""
		}
		applied("", "does not have the plugin key-auth of service "+s.Name, "does not have the plugin rate-limiting")
		require.NoError(t, g.kong().Register(soon(t), s))
		applied("key-auth rate-limiting")

		g.must("PATCH", plugin("key-auth"), map[string]any{"enabled": false})
		applied("rate-limiting", "the plugin key-auth of service "+s.Name+" is disabled on the gateway: set its field enabled to true")
		require.NoError(t, g.kong().Register(soon(t), s))
		applied("rate-limiting", "is disabled")
		g.must("PATCH", plugin("key-auth"), map[string]any{"enabled": true, "config": map[string]any{"hide_credentials": true}})
		applied("key-auth rate-limiting") // what is not described is the operator's

		g.must("PATCH", plugin("key-auth"), map[string]any{"config": map[string]any{"run_on_preflight": false}})
		applied("rate-limiting", "the plugin key-auth of service "+s.Name+" was changed on the gateway")
		g.must("DELETE", plugin("key-auth"), nil)
		applied("rate-limiting", "does not have the plugin key-auth")
		require.NoError(t, g.kong().Register(soon(t), s))
		applied("key-auth rate-limiting")

		other := g.must("PUT", "/services/"+s.Name+"/routes/"+s.Name+"-more", map[string]any{"paths": []string{"/" + s.Name + "-more"}})
		theirs := g.must("POST", "/routes/"+s.Name+"-more/plugins", map[string]any{"name": "key-auth", "enabled": false})
		applied("key-auth rate-limiting") // Kong skips one that is disabled
		g.must("PATCH", "/plugins/"+fmt.Sprint(theirs["id"]), map[string]any{"enabled": true})
		applied("rate-limiting", "the route "+s.Name+"-more has a plugin key-auth of its own")
		g.must("DELETE", "/routes/"+fmt.Sprint(other["id"]), nil)
		both := g.must("POST", "/plugins", map[string]any{"name": "rate-limiting", "config": map[string]any{"minute": 9},
			"route":   map[string]any{"id": g.must("GET", "/routes/"+s.Name, nil)["id"]},
			"service": map[string]any{"id": g.must("GET", "/services/"+s.Name, nil)["id"]}})
		applied("key-auth", "the route "+s.Name+" has a plugin rate-limiting of its own")
		g.must("DELETE", "/plugins/"+fmt.Sprint(both["id"]), nil)
		applied("key-auth rate-limiting")
		s.Plugins = nil
		applied("")
		_, _, err := g.kong().AppliedPlugins(soon(t), registrator.Service{})
		require.ErrorIs(t, err, registrator.ErrInvalid)
	})
}
