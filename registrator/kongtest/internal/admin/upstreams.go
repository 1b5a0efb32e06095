package admin

import (
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// upstreamRoutes returns the methods of a path below an upstream. special is false if the path is like those of other
// collections.
func (c *call) upstreamRoutes() (found methods, special bool) {
	s := c.segments
	if len(s) < 3 || s[2] != "targets" && s[2] != "health" {
		return nil, false
	}
	switch {
	case s[2] == "health":
		return only(http.MethodGet, (*call).upstreamHealth, len(s) == 3), true
	case len(s) == 3:
		return methods{http.MethodGet: (*call).listTargets, http.MethodPost: (*call).createTarget}, true
	case len(s) == 4 && s[3] == "all":
		return only(http.MethodGet, (*call).allTargets, true), true
	case len(s) == 4:
		return methods{
			http.MethodGet:    onTarget(func(_ *call, e *db.Row) *answer { return shown(e) }),
			http.MethodPut:    onTarget(updateTarget),
			http.MethodPatch:  onTarget(updateTarget),
			http.MethodDelete: onTarget(func(c *call, e *db.Row) *answer { return c.remove(c.store.Schema("targets"), e.ID) }),
		}, true
	}
	method := http.MethodPost
	if c.config.V3 {
		method = http.MethodPut
	}
	last := s[len(s)-1]
	return only(method, onTarget(markTarget), len(s) <= 6 && (last == "healthy" || last == "unhealthy")), true
}

// onTarget returns a handler that calls do with the target of the path, which is its id or its host and port.
func onTarget(do func(c *call, e *db.Row) *answer) func(*call) *answer {
	return func(c *call) *answer {
		upstream, refused := c.first(c.store.Schema("upstreams"))
		if refused != nil {
			return refused
		}
		key := uri.UnescapePlus(c.segments[3])
		e := c.store.Target(upstream, key)
		if uuid.Valid(key) {
			e = c.store.Table("targets").Get(strings.ToLower(key))
		}
		if e == nil || e.Parent("upstream") != upstream.ID {
			return notFound()
		}
		return do(c, e)
	}
}

// updateTarget handles PATCH and PUT. Unlike other collections, targets are not created by PUT.
func updateTarget(c *call, e *db.Row) *answer {
	return c.patch(c.store.Schema("targets"), e.ID)
}
