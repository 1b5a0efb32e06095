package registrator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

// What the fields of a service become on a gateway, in-process and real.

func TestPlugins(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		limit := map[string]any{"minute": 5, "policy": "local"}
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: limit}}
		require.NoError(t, g.kong().Register(soon(t), s))
		plugin := g.list("/services/" + s.Name + "/plugins")[0]
		path := "/plugins/" + fmt.Sprint(plugin["id"])
		g.must("PATCH", path, map[string]any{"enabled": false, "config": map[string]any{"hour": 100}})
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written(), "what the description does not speak of is the operator's")

		limit["minute"] = 6
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.written(), 1)
		plugin = g.must("GET", path, nil)
		assert.EqualValues(t, 6, plugin["config"].(map[string]any)["minute"])
		assert.EqualValues(t, 100, plugin["config"].(map[string]any)["hour"], "a record is merged, not replaced")
		assert.Equal(t, false, plugin["enabled"])

		limit["bogus"], limit["policy"] = 1, "nowhere"
		err := g.kong().Register(soon(t), s)
		require.ErrorIs(t, err, registrator.ErrInvalid)
		var e *registrator.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "plugin rate-limiting of service "+s.Name, e.Entity)
		assert.Equal(t, 400, e.Status)
		assert.Equal(t, 2, e.Code)
		assert.Equal(t, "unknown field", e.Fields["config.bogus"])
		assert.Contains(t, e.Fields["config.policy"], "expected one of")

		s.Plugins[0] = registrator.Plugin{Name: "request-transformer", Config: map[string]any{"add": map[string]any{}}}
		require.NoError(t, g.kong().Register(soon(t), s))
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written(), "an empty record asks for nothing")

		s.Plugins[0] = registrator.Plugin{Name: "no-such-plugin"}
		require.ErrorIs(t, g.kong().Register(soon(t), s), registrator.ErrInvalid)
	})
}

func TestRegularExpressionsByVersion(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.Port = backend(t, "hello")
		s.Paths = []string{"~/" + s.Name + `/\d+$`, "/" + s.Name + "/plain"}
		require.NoError(t, g.kong().Register(soon(t), s))
		paths := g.must("GET", "/routes/"+s.Name, nil)["paths"]
		if strings.HasPrefix(g.version, "2.") {
			assert.Equal(t, []any{"/" + s.Name + `/\d+$`, "/" + s.Name + "/plain"}, paths)
		} else {
			assert.Equal(t, []any{s.Paths[0], s.Paths[1]}, paths)
		}
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written())
		g.eventually("/"+s.Name+"/12", "200 hello /"+s.Name+"/12")
		g.eventually("/"+s.Name+"/plain", "200 hello /"+s.Name+"/plain")
		status, _ := g.ask("/" + s.Name + "/x")
		assert.Equal(t, http.StatusNotFound, status)

		s.Paths = []string{"~/" + s.Name + "/("}
		require.ErrorIs(t, g.kong().Register(soon(t), s), registrator.ErrInvalid)
		s.Paths, s.Tags = []string{"/" + s.Name}, []string{"a tag"}
		if err := g.kong().Register(soon(t), s); strings.HasPrefix(g.version, "2.") {
			require.ErrorIs(t, err, registrator.ErrInvalid)
		} else {
			require.NoError(t, err)
		}
	})
}

func TestDefaultPorts(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		for protocol, port := range map[string]int{"": 8080, "http": 8080, "https": 443, "grpc": 8080, "grpcs": 443} {
			s := g.hello()
			s.Port, s.Protocol = 0, protocol
			require.NoError(t, g.kong().Register(soon(t), s))
			assert.EqualValues(t, port, g.must("GET", "/services/"+s.Name, nil)["port"], protocol)
		}
	})
}
