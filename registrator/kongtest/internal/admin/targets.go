package admin

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// createTarget handles POST /upstreams/{u}/targets.
func (c *call) createTarget() *answer {
	upstream, refused := c.first(c.store.Schema("upstreams"))
	switch {
	case refused != nil && !c.config.V3:
		return unexpected() // Kong 2 looks up the target before it checks that the upstream exists
	case refused != nil:
		return refused
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

// listTargets lists the targets of an upstream. Its offsets are positions, not ids.
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
	upstream, refused := c.first(c.store.Schema("upstreams"))
	if refused != nil {
		return refused
	}
	_, size, refused := c.selection() // the tags are validated, but do not filter
	if refused != nil {
		return refused
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

// lastOfEach keeps the latest target of each address, as Kong 2 does. The targets are sorted, the latest first.
func lastOfEach(targets []*db.Row) []*db.Row {
	seen := map[string]bool{}
	return slices.DeleteFunc(targets, func(e *db.Row) bool {
		again := seen[e.Text("target")]
		seen[e.Text("target")] = true
		return again
	})
}

// allTargets lists all stored targets of an upstream, including the older ones of an address. Kong fails if there is no upstream.
func (c *call) allTargets() *answer {
	upstream, refused := c.find(c.store.Schema("upstreams"), c.segments[1])
	if refused != nil {
		return refused
	}
	if upstream == nil {
		return unexpected()
	}
	list := c.store.Table("targets").Of("upstream", upstream.ID)
	return c.page(list, "/upstreams/"+c.segments[1]+"/targets/all", false)
}
