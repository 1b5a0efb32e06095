package admin

import (
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// segmentsOf splits a path into segments. Kong ignores one trailing slash, but no other extra slash.
func segmentsOf(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// route returns the methods of the path. It is nil if Kong has no such path.
func (c *call) route() methods {
	s := c.segments
	for _, segment := range s[1:] {
		if segment == "" {
			return nil
		}
	}
	switch s[0] {
	case "":
		return only(http.MethodGet, (*call).info, len(s) == 1)
	case "status":
		return only(http.MethodGet, (*call).status, len(s) == 1)
	case "config":
		if len(s) == 1 {
			return methods{http.MethodGet: (*call).declared, http.MethodPost: (*call).declare}
		}
		return nil
	case "schemas":
		return schemaRoutes(s)
	case "tags":
		return tagRoutes(len(s))
	case "upstreams":
		if found, special := c.upstreamRoutes(); special {
			return found
		}
	case "plugins":
		switch {
		case len(s) == 2 && s[1] == "enabled":
			return only(http.MethodGet, (*call).enabledPlugins, true)
		case len(s) == 3 && s[1] == "schema":
			return only(http.MethodGet, func(c *call) *answer { return c.noSchemaOfPlugin(s[2]) }, true)
		}
	case "targets":
		return nil // targets have paths only below their upstream
	}
	t := c.store.Schema(s[0])
	if t == nil {
		return only(http.MethodGet, (*call).emptyPage, len(s) == 1 && isEmptyCollection(s[0], c.config.V3))
	}
	switch len(s) {
	case 1:
		return collectionOf(t)
	case 2:
		return entityOf(t)
	default:
		return c.nestedRoutes(t)
	}
}

// nestedRoutes returns the methods of /services/{s}/routes, /services/{s}/routes/{r} and /routes/{r}/service.
func (c *call) nestedRoutes(t *schema.Schema) methods {
	name := c.segments[2]
	if f := t.ByName[name]; f != nil && f.Kind == schema.ForeignKind && len(c.segments) == 3 && c.store.Schema(f.Ref) != nil {
		return foreignOf(t, f)
	}
	child := c.store.Schema(name)
	if child == nil {
		return nil
	}
	for _, f := range child.Foreign {
		if f.Ref == t.Name {
			switch len(c.segments) {
			case 3:
				return nestedCollectionOf(t, child, f)
			case 4:
				return nestedEntityOf(t, child, f)
			}
		}
	}
	return nil
}
