// Package collection holds the schemas of Kong's collections: services, routes, upstreams, targets and plugins.
package collection

import (
	"sync"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// The schemas of Kong 2 and of Kong 3. They never change. Each set is built once, because building it takes longer than the rest
// of kongtest.New.
var (
	schemas2 = sync.OnceValue(func() []*schema.Schema { return newSchemas(false) })
	schemas3 = sync.OnceValue(func() []*schema.Schema { return newSchemas(true) })
)

// Schemas returns the schemas of all collections. The caller must not modify them. A collection follows those that it refers to.
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
