// Package collection holds the schemas of Kong's collections: services, routes, upstreams, targets and plugins.
package collection

import (
	"sync"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// The schemas of both kinds of gateway. Each set is built once, because building takes longer than everything else in New,
// and never changes.
var (
	schemas2 = sync.OnceValue(func() []*schema.Schema { return newSchemas(false) })
	schemas3 = sync.OnceValue(func() []*schema.Schema { return newSchemas(true) })
)

// Schemas returns the schemas of all collections. A collection comes after those that it refers to.
func Schemas(v3 bool) []*schema.Schema {
	if v3 {
		return schemas3()
	}
	return schemas2()
}

func newSchemas(v3 bool) []*schema.Schema {
	all := []*schema.Schema{newServices(v3), newRoutes(v3), newUpstreams(v3), newTargets(v3), newPlugins(v3)}
	schema.Link(all)
	return all
}
