package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// needsNoDatabase is the refusal of a gateway with a database.
func needsNoDatabase() *answer {
	return message(http.StatusBadRequest, "this endpoint is only available when Kong is configured to not use a database")
}

// declared handles GET /config. It shows the configuration as text that POST /config accepts. The text is JSON, which is YAML.
func (c *call) declared() *answer {
	if !c.config.DBLess {
		return needsNoDatabase()
	}
	config := map[string]any{"_format_version": "3.0", "_transform": false}
	if !c.config.V3 {
		config["_format_version"] = "2.1"
	}
	for _, t := range c.store.Tables() {
		for _, e := range t.All() {
			shown := maps.Clone(e.Values)
			for _, ref := range t.References {
				if id := e.Parent(ref.Field); id != "" {
					shown[ref.Field] = id
				}
			}
			list, _ := config[t.Name].([]any)
			config[t.Name] = append(list, shown)
		}
	}
	return &answer{status: http.StatusOK, body: map[string]any{"config": string(lua.JSON(config))}}
}

// declare handles POST /config, which replaces the configuration. It reads JSON, not YAML.
func (c *call) declare() *answer {
	if !c.config.DBLess {
		return needsNoDatabase()
	}
	config := c.args
	if config["_format_version"] == nil {
		text, _ := config["config"].(string)
		if text == "" {
			return message(http.StatusBadRequest, "expected a declarative configuration")
		}
		config = nil
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			return invalidDeclaration(map[string]any{"error": "failed parsing declarative configuration: " + err.Error()})
		}
	}
	if err := c.store.Load(config); err != nil {
		return refusal(err)
	}
	sum := sha256.Sum256(lua.JSON(config))
	c.hash = hex.EncodeToString(sum[:16])
	return &answer{status: http.StatusCreated, body: c.everything()}
}

// everything returns all entities, by collection and id.
func (c *call) everything() map[string]map[string]lua.RawJSON {
	all := make(map[string]map[string]lua.RawJSON)
	for _, t := range c.store.Tables() {
		for _, e := range t.All() {
			if all[t.Name] == nil {
				all[t.Name] = make(map[string]lua.RawJSON)
			}
			all[t.Name][e.ID] = e.Body
		}
	}
	return all
}
