package registrator_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator"
)

func TestPluginConfigs(t *testing.T) {
	origins := []string{"a"}
	service := registrator.Service{Name: "s", Plugins: []registrator.Plugin{
		{Name: "cors", Config: map[string]any{"origins": origins}}, {Name: "basic-auth"},
	}}
	configs := service.PluginConfigs()
	assert.Equal(t, map[string]map[string]any{"cors": {"origins": []any{"a"}}, "basic-auth": nil}, configs)
	configs["cors"]["origins"].([]any)[0] = "b"
	configs["acl"] = nil
	assert.Equal(t, "a", origins[0], "the maps are the caller's own")
	assert.Len(t, service.Plugins, 2)
	assert.Empty(t, registrator.Service{}.PluginConfigs())
}
