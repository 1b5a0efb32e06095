package admin

import (
	"maps"
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// upstreamHealth lists the targets of an upstream with their health. The health is omitted until the proxy serves the upstream.
func (c *call) upstreamHealth() *answer {
	return c.pageOfTargets("/health", func(upstream *db.Row, targets []*db.Row) any {
		balancer := c.live.Upstream(upstream.ID)
		list := make([]any, len(targets))
		for i, e := range targets {
			if balancer == nil {
				list[i] = lua.RawJSON(e.Body)
			} else {
				list[i] = c.withHealth(balancer, e)
			}
		}
		return list
	})
}

const (
	checksOff = "HEALTHCHECKS_OFF"
	healthy   = "HEALTHY"
	unhealthy = "UNHEALTHY"
)

// healthOf returns the health of a target in Kong's words.
func (a *API) healthOf(upstream, target *db.Row) string {
	switch {
	case !checksHealth(upstream.Values), target.Number("weight") == 0 && a.config.V3:
		return checksOff
	case a.live.Unhealthy(target.ID):
		return unhealthy
	}
	return healthy
}

// checksHealth reports whether any health check of an upstream is enabled.
func checksHealth(upstream map[string]any) bool {
	for _, path := range []string{"active.healthy.interval", "active.unhealthy.interval", "passive.unhealthy.tcp_failures",
		"passive.unhealthy.timeouts", "passive.unhealthy.http_failures"} {
		if n, _ := schema.Lookup(upstream, "healthchecks."+path).(float64); n != 0 {
			return true
		}
	}
	return false
}

// withHealth returns a target with its health. Names are not resolved, so the target has one address.
func (a *API) withHealth(upstream, target *db.Row) map[string]any {
	shown := maps.Clone(target.Values)
	parsed, _ := uri.ParseAddress(target.Text("target"))
	host := parsed.Host
	if parsed.Kind == "ipv6" {
		host = "[" + host + "]"
	}
	weight, state := target.Values["weight"], a.healthOf(upstream, target)
	available, unavailable := weight, any(0)
	if state == unhealthy {
		available, unavailable = 0, weight
	}
	shown["health"] = state
	shown["data"] = map[string]any{
		"host": host, "port": parsed.Port, "dns": "A", "nodeWeight": weight,
		"weight":    map[string]any{"total": weight, "available": available, "unavailable": unavailable},
		"addresses": []any{map[string]any{"ip": host, "port": parsed.Port, "health": state, "weight": weight}},
	}
	return shown
}

// markTarget sets the health of a target by hand. Kong needs a health checker for it, which an upstream has if one of its checks
// is enabled.
func markTarget(c *call, e *db.Row) *answer {
	upstream := c.store.Table("upstreams").Get(e.Parent("upstream"))
	switch balancer := c.live.Upstream(upstream.ID); {
	case balancer == nil:
		return message(http.StatusBadRequest, "Upstream "+upstream.Text("name")+" has no balancer")
	case !checksHealth(balancer.Values):
		return message(http.StatusBadRequest, "no healthchecker found for "+upstream.Text("name"))
	}
	c.live.Mark(e.ID, c.segments[len(c.segments)-1] == "healthy")
	return &answer{status: http.StatusNoContent}
}
