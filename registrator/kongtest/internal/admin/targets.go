package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// upstreamRoutes returns the methods of the paths below an upstream that differ from those of other collections.
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

// onTarget finds the target of a path, by id or by host and port.
func onTarget(do func(c *call, e *db.Row) *answer) func(*call) *answer {
	return func(c *call) *answer {
		upstream, wrong := c.first(c.store.Schema("upstreams"))
		if wrong != nil {
			return wrong
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

// updateTarget is PATCH and PUT, which never creates a target.
func updateTarget(c *call, e *db.Row) *answer {
	return c.patch(c.store.Schema("targets"), e.ID)
}

func (c *call) createTarget() *answer {
	upstream, wrong := c.first(c.store.Schema("upstreams"))
	switch {
	case wrong != nil && !c.config.V3:
		return unexpected() // Kong 2 looks for the target before it looks whether there is an upstream
	case wrong != nil:
		return wrong
	}
	e, updated, err := c.store.CreateTarget(upstream, c.input(), !c.config.V3 && !c.config.RacingTargets)
	if !updated {
		return written(e, err, http.StatusCreated)
	}
	done := written(e, err, http.StatusOK)
	if err == nil {
		done.header = []string{"Deprecation", "true"}
	}
	return done
}

// listTargets pages by position, not by id.
func (c *call) listTargets() *answer {
	return c.pageOfTargets("/targets", func(_ *db.Row, targets []*db.Row) any {
		list := make([]lua.RawJSON, len(targets))
		for i, e := range targets {
			list[i] = e.Body
		}
		return list
	})
}

func (c *call) pageOfTargets(path string, show func(upstream *db.Row, targets []*db.Row) any) *answer {
	upstream, wrong := c.first(c.store.Schema("upstreams"))
	if wrong != nil {
		return wrong
	}
	_, size, wrong := c.selection() // the tags are checked, but do not filter
	if wrong != nil {
		return wrong
	}
	from := 0
	if c.query.Has("offset") {
		var err error
		if from, err = strconv.Atoi(c.query.Get("offset")); err != nil || from < 0 {
			return unexpected()
		}
	}
	targets := c.store.Targets(upstream)
	if !c.config.V3 {
		targets = lastOfEach(targets)
	}
	targets = targets[min(from, len(targets)):]
	body := map[string]any{"next": nil}
	if len(targets) > size {
		targets = targets[:size]
		offset := strconv.Itoa(from + size)
		body["offset"], body["next"] = offset, "/upstreams/"+c.segments[1]+path+"?offset="+offset
	}
	body["data"] = show(upstream, targets)
	if path == "/health" {
		body["node_id"] = c.nodeID
	}
	return &answer{status: http.StatusOK, body: body}
}

// lastOfEach drops all but the latest target of each address, as Kong 2 does.
func lastOfEach(targets []*db.Row) []*db.Row {
	seen := map[string]bool{}
	return slices.DeleteFunc(targets, func(e *db.Row) bool {
		again := seen[e.Text("target")]
		seen[e.Text("target")] = true
		return again
	})
}

// allTargets is the list as stored.
func (c *call) allTargets() *answer {
	upstream, wrong := c.first(c.store.Schema("upstreams"))
	if wrong != nil {
		return wrong
	}
	list := c.store.Table("targets").Of("upstream", upstream.ID)
	return c.page(list, "/upstreams/"+c.segments[1]+"/targets/all", false)
}
