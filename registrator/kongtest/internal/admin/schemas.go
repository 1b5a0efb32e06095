package admin

import (
	"net/http"
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
)

// schemaRoutes returns the methods of the paths below /schemas. They validate entities, but do not show schemas.
func schemaRoutes(s []string) methods {
	switch {
	case len(s) == 3 && s[2] == "validate":
		return methods{http.MethodPost: (*call).dryRun}
	case len(s) == 3 && s[1] == "plugins":
		return methods{http.MethodGet: func(c *call) *answer { return c.noSchemaOfPlugin(s[2]) }}
	case len(s) == 2:
		return methods{http.MethodGet: func(c *call) *answer {
			if c.store.Schema(s[1]) == nil && !isEmptyCollection(s[1], c.config.V3) {
				return noEntityNamed(s[1])
			}
			return notFound()
		}}
	}
	return nil
}

func noEntityNamed(name string) *answer {
	return message(http.StatusNotFound, "No entity named '"+name+"'")
}

func (c *call) noSchemaOfPlugin(name string) *answer {
	if slices.Contains(collection.PluginNames(c.config.V3), name) {
		return notFound()
	}
	return message(http.StatusNotFound, "No plugin named '"+name+"'")
}

// dryRun handles POST /schemas/{collection}/validate. It neither resolves names nor looks up other entities.
func (c *call) dryRun() *answer {
	collection := c.store.Schema(c.segments[1])
	if collection == nil {
		return noEntityNamed(c.segments[1])
	}
	if err := c.store.Validate(collection, c.args); err != nil {
		return refusal(err)
	}
	return message(http.StatusOK, "schema validation successful")
}

// isEmptyCollection reports whether Kong has a collection that is always empty here.
func isEmptyCollection(name string, v3 bool) bool {
	switch name {
	case "consumers", "certificates", "ca_certificates", "snis":
		return true
	case "vaults", "keys", "key-sets", "filter-chains":
		return v3
	}
	return false
}

func (c *call) emptyPage() *answer { return c.page(nil, "/"+c.segments[0], true) }
