package entity

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// agrees checks that the protocols of a plugin are among those of its route, or of a route of its service.
func (s *Store) agrees(c *schema.Schema, values map[string]any) error {
	list, _ := values["protocols"].([]any)
	if c.Name != "plugins" || list == nil {
		return nil
	}
	plugin := &db.Row{Values: values}
	common := func(route *db.Row) bool {
		have, _ := route.Values["protocols"].([]any)
		return slices.ContainsFunc(have, func(p any) bool { return slices.Contains(list, p) })
	}
	routes := s.Table("routes")
	if id := plugin.Parent("route"); id != "" {
		if route := routes.Get(id); route != nil && !common(route) {
			return disagreement("must match the associated route's protocols")
		}
		return nil
	}
	if id := plugin.Parent("service"); id != "" {
		if all := routes.Of("service", id); len(all) > 0 && !slices.ContainsFunc(all, common) {
			return disagreement("must match the protocols of at least one route pointing to this Plugin's service")
		}
	}
	return nil
}

func disagreement(message string) error {
	return &SchemaError{Fields: map[string]any{"protocols": message}}
}

// agreesAfter checks the same for an update.
func (s *Store) agreesAfter(c *schema.Schema, values map[string]any, before *db.Row) error {
	after := make(map[string]any)
	changes := false
	for _, name := range []string{"protocols", "service", "route"} {
		after[name] = before.Values[name]
		if values[name] != nil {
			after[name], changes = values[name], true
		}
	}
	if !changes {
		return nil
	}
	return s.agrees(c, after)
}
