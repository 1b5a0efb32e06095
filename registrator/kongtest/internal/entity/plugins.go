package entity

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// checkProtocols returns an error if a plugin has no protocol in common with its route or, without a route, with any route of its
// service. Values without protocols, and entities other than plugins, are valid.
func (s *Store) checkProtocols(c *schema.Schema, values map[string]any) error {
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
			return protocolsError("must match the associated route's protocols")
		}
		return nil
	}
	if id := plugin.Parent("service"); id != "" {
		if all := routes.Of("service", id); len(all) > 0 && !slices.ContainsFunc(all, common) {
			return protocolsError("must match the protocols of at least one route pointing to this Plugin's service")
		}
	}
	return nil
}

func protocolsError(message string) error {
	return &SchemaError{Fields: map[string]any{"protocols": message}}
}

// checkProtocolsAfter is checkProtocols for an update: it checks the fields as they are after the update.
func (s *Store) checkProtocolsAfter(c *schema.Schema, values map[string]any, before *db.Row) error {
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
	return s.checkProtocols(c, after)
}
