package audit

import (
	"fmt"
	"regexp"
	"slices"
)

// comparison is of the routes of a service with what its gateway publishes.
type comparison struct {
	targets   []*target
	published [][]*entry // the paths of each description
	reached   map[*entry]map[*target]reach
}

func newComparison(routes []Route, published []Published) *comparison {
	c := &comparison{reached: map[*entry]map[*target]reach{}}
	for _, r := range routes {
		c.targets = append(c.targets, newTarget(r))
	}
	for _, p := range published {
		paths := p.Paths
		if len(paths) == 0 {
			paths = []string{""}
		}
		var entries []*entry
		for _, path := range paths {
			entries = append(entries, newEntry(p, path))
		}
		c.published = append(c.published, entries)
	}
	for _, e := range slices.Concat(c.published...) {
		c.reached[e] = map[*target]reach{}
		for _, t := range c.targets {
			c.reached[e][t] = c.reach(e, t, e.all)
		}
	}
	return c
}

// ofPublished returns what is wrong with the paths, methods and hosts of the gateway.
func (c *comparison) ofPublished() (findings []Finding) {
	for _, entries := range c.published {
		for _, e := range entries {
			findings = append(findings, c.ofEntry(e)...)
		}
		missing := func(what, value string, has func(Route) bool) {
			if !c.reaches(entries, has) {
				findings = append(findings, noRoute(value, what+value))
			}
		}
		for _, m := range entries[0].Methods {
			if m != "HEAD" && m != "OPTIONS" { // routers and CORS middleware answer them for routes of other methods
				missing("method ", m, func(r Route) bool { return r.Method == "" || r.Method == m })
			}
		}
		for _, h := range entries[0].Hosts {
			if entries[0].ServiceHost == "" {
				missing("host ", h, func(r Route) bool { return r.Host == "" || sameHost(h, r.Host) })
			}
		}
	}
	return findings
}

// reaches reports whether one of the entries reaches a route of the kind, as far as the audit can tell. If nobody has decided on
// the route, it has a finding of its own.
func (c *comparison) reaches(entries []*entry, has func(Route) bool) bool {
	return slices.ContainsFunc(c.targets, func(t *target) bool {
		return has(t.Route) && slices.ContainsFunc(entries, func(e *entry) bool {
			return c.reached[e][t].found || c.reached[e][t].err != nil
		})
	})
}

func (c *comparison) ofEntry(e *entry) (findings []Finding) {
	hasRoute, unclear := false, e.err
	for _, t := range c.targets {
		r := c.reached[e][t]
		if r.err != nil {
			unclear = r.err
		}
		hasRoute = hasRoute || r.found && c.inSegment(e, t)
		if r.found && t.Decision == Undecided {
			findings = append(findings, Finding{Open, e.path, t.Route, fmt.Sprintf("the gateway's path %s leads to %s, on which "+
				"nobody has decided: %s", e.text, t.name(), t.Remedy)})
		}
	}
	switch {
	case hasRoute:
	case unclear != nil:
		findings = append(findings, Finding{Kind: Unclear, At: e.path, Message: fmt.Sprintf("the audit cannot tell which routes "+
			"the gateway's path %s leads to: %v", e.text, unclear)})
	default:
		findings = append(findings, noRoute(e.path, "path "+e.text))
	}
	return findings
}

func noRoute(at, what string) Finding {
	return Finding{Kind: NoRoute, At: at, Message: fmt.Sprintf("the gateway publishes the %s, and the service has no guarded or "+
		"public route for it: add or guard the route, or take the %s out of the registration", what, what)}
}

// ofRoutes returns what is wrong with the routes.
func (c *comparison) ofRoutes(internal []string) (findings []Finding) {
	for _, t := range c.targets {
		if f := c.ofRoute(t, slices.Contains(internal, t.Path)); f.Kind != "" {
			findings = append(findings, f)
		}
	}
	for _, path := range internal {
		if !slices.ContainsFunc(c.targets, func(t *target) bool { return t.Path == path }) {
			findings = append(findings, Finding{Kind: Stale, At: path, Message: fmt.Sprintf("no route has the internal path %s: "+
				"write it as the report does, or remove it", path)})
		}
	}
	return findings
}

func (c *comparison) ofRoute(t *target, internal bool) Finding {
	e, r := c.first(t)
	finding := func(kind Kind, message string, args ...any) Finding {
		f := Finding{Kind: kind, Route: t.Route, Message: fmt.Sprintf(message, args...)}
		if e != nil {
			f.At = e.path
		}
		return f
	}
	switch {
	case r.err != nil:
		return finding(Unclear, "the audit cannot tell whether the gateway's path %s leads to %s: %v", e.text, t.name(), r.err)
	case internal && r.found:
		return finding(Exposed, "%s is meant to be internal, and the gateway's path %s leads to it, for example as %s: publish "+
			"longer paths", t.name(), e.text, r.path)
	case internal, !r.found && t.Decision == Undecided:
		return Finding{}
	case !r.found:
		return finding(Unreached, "%s is %s, and the gateway does not publish it: publish its path, method and host, or name "+
			"its path as internal", t.name(), t.Decision)
	case c.beyond(t):
		return finding(Beyond, "the gateway's path %s is a prefix that also leads to %s, for example as %s: publish that path, "+
			"too, if clients may use it, or end the prefix with the segment: ~%s(?:/|$)", e.text, t.name(), r.path,
			regexp.QuoteMeta(plain(e.path)))
	}
	return Finding{}
}

// first returns an entry that reaches the route, or one that may.
func (c *comparison) first(t *target) (unclear *entry, r reach) {
	for _, e := range slices.Concat(c.published...) {
		switch found := c.reached[e][t]; {
		case found.found:
			return e, found
		case found.err != nil && unclear == nil:
			unclear, r = e, found
		}
	}
	return unclear, r
}

// beyond reports whether all entries that reach the route are prefixes that do so only in the middle of a segment.
func (c *comparison) beyond(t *target) bool {
	for _, e := range slices.Concat(c.published...) {
		if r := c.reached[e][t]; r.err != nil || r.found && c.inSegment(e, t) {
			return false
		}
	}
	return true
}

// inSegment reports whether the entry, which reaches the route, does so without going on in the middle of a segment.
func (c *comparison) inSegment(e *entry, t *target) bool {
	return e.StripPath || c.reach(e, t, e.segments).found
}
