package kongtest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// upstreamRoutes are the paths below an upstream, which differ from those of other collections.
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
			http.MethodGet:    onTarget(func(_ *call, e *entity) *answer { return shown(e) }),
			http.MethodPut:    onTarget(updateTarget),
			http.MethodPatch:  onTarget(updateTarget),
			http.MethodDelete: onTarget(func(c *call, e *entity) *answer { return c.remove(c.tables["targets"], e.id) }),
		}, true
	}
	method := http.MethodPost
	if c.v3 {
		method = http.MethodPut
	}
	last := s[len(s)-1]
	return only(method, onTarget(markTarget), len(s) <= 6 && (last == "healthy" || last == "unhealthy")), true
}

// onTarget finds the target of a path, by id or by host and port.
func onTarget(do func(c *call, e *entity) *answer) func(*call) *answer {
	return func(c *call) *answer {
		upstream, wrong := c.first(c.tables["upstreams"])
		if wrong != nil {
			return wrong
		}
		key := uri.UnescapePlus(c.segments[3])
		var e *entity
		if uuid.Valid(key) {
			e = c.tables["targets"].rows[strings.ToLower(key)]
		} else {
			e = c.targetOf(upstream, key)
		}
		if e == nil || e.parent("upstream") != upstream.id {
			return notFound()
		}
		return do(c, e)
	}
}

// updateTarget is for PUT, too: it never creates a target.
func updateTarget(c *call, e *entity) *answer {
	return c.patch(c.tables["targets"], e.id)
}

// targetsOf returns the targets of an upstream, the latest first.
func (g *Gateway) targetsOf(upstream string) []*entity {
	list := slices.Clone(g.tables["targets"].of("upstream", upstream))
	slices.SortFunc(list, latestFirst)
	return list
}

func latestFirst(a, b *entity) int {
	ta, _ := a.values["created_at"].(float64)
	tb, _ := b.values["created_at"].(float64)
	return cmp.Or(cmp.Compare(tb, ta), strings.Compare(b.id, a.id))
}

func (g *Gateway) targetOf(upstream *entity, target string) *entity {
	var latest *entity
	for _, e := range g.tables["targets"].of("upstream", upstream.id) {
		if e.text("target") == target && (latest == nil || latestFirst(e, latest) < 0) {
			latest = e
		}
	}
	return latest
}

func (c *call) createTarget() *answer {
	upstream, wrong := c.first(c.tables["upstreams"])
	switch {
	case wrong != nil && !c.v3:
		return unexpected() // Kong 2 looks for the target before it looks whether there is an upstream
	case wrong != nil:
		return wrong
	}
	upserts := !c.v3 && !c.config.RacingTargets
	if target, ok := c.args["target"].(string); ok && upserts {
		if e := c.targetOf(upstream, target); e != nil {
			done := c.patch(c.tables["targets"], e.id)
			if done.status == http.StatusOK {
				done.header = []string{"Deprecation", "true"}
			}
			return done
		}
	}
	c.args["upstream"] = map[string]any{"id": upstream.id}
	if wrong := c.formatTarget(); wrong != nil {
		return wrong
	}
	target, _ := c.args["target"].(string)
	if upserts && c.targetOf(upstream, target) != nil {
		return uniqueViolation(map[string]any{"target": target})
	}
	return c.create(c.tables["targets"])
}

// formatTarget writes the target of a request as it is stored.
func (c *call) formatTarget() *answer {
	value, given := c.args["target"]
	if !given {
		return nil
	}
	text, ok := value.(string)
	if n, isNumber := value.(float64); isNumber {
		text, ok = strconv.FormatFloat(n, 'f', -1, 64), true
	}
	if !ok {
		return unexpected()
	}
	parsed, wrong := uri.ParseAddress(text)
	if wrong != "" {
		return schemaViolation(map[string]any{"target": "Invalid target; not a valid hostname or ip address"})
	}
	c.args["target"] = parsed.String()
	return nil
}

// listTargets pages by position, not by id.
func (c *call) listTargets() *answer {
	return c.pageOfTargets("/targets", func(_ *entity, targets []*entity) any {
		list := make([]lua.RawJSON, len(targets))
		for i, e := range targets {
			list[i] = e.body
		}
		return list
	})
}

func (c *call) pageOfTargets(path string, show func(upstream *entity, targets []*entity) any) *answer {
	upstream, wrong := c.first(c.tables["upstreams"])
	if wrong != nil {
		return wrong
	}
	_, size, wrong := c.selection() // the tags are checked, but select nothing
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
	targets := c.targetsOf(upstream.id)
	if !c.v3 {
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

// lastOfEach drops the older ones of the same target, as Kong 2 does in what it shows.
func lastOfEach(targets []*entity) []*entity {
	seen := map[string]bool{}
	return slices.DeleteFunc(targets, func(e *entity) bool {
		again := seen[e.text("target")]
		seen[e.text("target")] = true
		return again
	})
}

// allTargets is the list as it is stored.
func (c *call) allTargets() *answer {
	upstream, wrong := c.first(c.tables["upstreams"])
	if wrong != nil {
		return wrong
	}
	list := c.tables["targets"].of("upstream", upstream.id)
	return c.page(list, "/upstreams/"+c.segments[1]+"/targets/all", false)
}
