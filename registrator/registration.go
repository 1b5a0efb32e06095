package registrator

import (
	"slices"
)

// registration is the plan that leads from what the gateway has to what is described. The order matters: what receives
// requests comes after what they need, and the route last, so that nothing is served without its plugins.
func (s Service) registration(have *state) ([]Change, error) {
	if err := s.validateFor(have.version); err != nil {
		return nil, err
	}
	if err := s.refuseForeign(have); err != nil {
		return nil, err
	}
	var changes []Change
	reach := func(d desired, have entity) {
		if have == nil {
			changes = append(changes, d.create())
		} else if c, differs := d.update(have); differs {
			changes = append(changes, c)
		}
	}
	if s.Instance != "" {
		reach(s.desiredUpstream(), have.upstream)
		target, surplus := s.target(have)
		if target == nil || s.owns(target) { // one that an operator has put there serves as well
			reach(s.desiredTarget(), target)
		}
		for _, t := range surplus {
			changes = append(changes, remove(s.desiredTarget().what, s.desiredTarget().path, t))
		}
	}
	reach(s.desiredService(), have.service)
	for _, p := range s.Plugins {
		reach(s.desiredPlugin(p), pluginOf(have, p.Name))
	}
	route := s.desiredRoute(have.version)
	if have.route != nil && have.route.reference("service") == "" {
		route.fields = append(route.fields, field{name: "service", want: map[string]any{"name": s.Name}, same: contains})
	}
	reach(route, have.route)
	return append(changes, s.stalePlugins(have)...), nil
}

// refuseForeign refuses to touch what somebody else has made under our name.
func (s Service) refuseForeign(have *state) error {
	found := []struct {
		what string
		have entity
	}{{"service " + s.Name, have.service}, {"route " + s.Name, have.route}}
	if s.Instance != "" {
		found = append(found, struct {
			what string
			have entity
		}{"upstream " + s.Name, have.upstream})
	}
	for _, p := range s.Plugins {
		found = append(found, struct {
			what string
			have entity
		}{"plugin " + p.Name + " of service " + s.Name, pluginOf(have, p.Name)})
	}
	for _, f := range found {
		if f.have != nil && !s.owns(f.have) {
			return notOurs(f.what, "it is there without the tag %q; take another name, or add the tag to hand it over", s.tag())
		}
	}
	if have.routeOf != "" {
		return notOurs("route "+s.Name, "it belongs to the service %s; the gateway would take it away from there", have.routeOf)
	}
	return nil
}

// owns tells whether an entity has our tag.
func (s Service) owns(e entity) bool { return slices.Contains(e.tags(), s.tag()) }

// target finds this instance among the targets, however its address is written. Kong 2.x makes several of what is posted
// at the same time, and then sends an instance as many times its share: of ours, all but one are surplus, and every
// instance keeps the same one.
func (s Service) target(have *state) (target entity, surplus []entity) {
	for _, t := range have.targets {
		switch {
		case !s.isTarget(t):
		case target == nil:
			target = t
		case !s.owns(t):
			surplus, target = append(surplus, target), t
		case s.owns(target) && t.text("id") < target.text("id"):
			surplus, target = append(surplus, target), t
		default:
			surplus = append(surplus, t)
		}
	}
	return target, slices.DeleteFunc(surplus, func(t entity) bool { return !s.owns(t) })
}

// isTarget tells whether a target has the address of this instance.
func (s Service) isTarget(t entity) bool {
	return canonical(t.text("target"), kongTargetPort) == canonical(s.address(), kongTargetPort)
}

// pluginOf finds a plugin of the service itself: not of one of its routes or of a consumer.
func pluginOf(have *state, name string) entity {
	for _, p := range have.plugins {
		if p.text("name") == name && ofServiceAlone(p) {
			return p
		}
	}
	return nil
}

func ofServiceAlone(plugin entity) bool {
	return plugin["route"] == nil && plugin["consumer"] == nil && plugin["consumer_group"] == nil
}

// stalePlugins are those that were registered and are no longer described.
func (s Service) stalePlugins(have *state) []Change {
	var changes []Change
	for _, p := range have.plugins {
		name := p.text("name")
		described := slices.ContainsFunc(s.Plugins, func(q Plugin) bool { return q.Name == name })
		if !described && s.owns(p) && ofServiceAlone(p) {
			changes = append(changes, remove("plugin "+name+" of service "+s.Name, "/plugins/", p))
		}
	}
	return changes
}

func remove(what, path string, e entity) Change {
	return Change{Action: Delete, Entity: what, method: "DELETE", path: path + e.text("id")}
}

// removal is the plan that takes away what this instance added. Entities without our tag are not ours to remove, so they
// do not count. Each is deleted by its id, so one that was made anew meanwhile stays.
func (s Service) removal(have *state) ([]Change, error) {
	if s.Instance == "" {
		return s.removeAll(have)
	}
	var changes []Change
	others := 0
	for _, t := range have.targets {
		if s.isTarget(t) && s.owns(t) {
			changes = append(changes, remove(s.desiredTarget().what, s.desiredTarget().path, t))
		} else {
			others++
		}
	}
	if others > 0 || !s.RemoveWhenLast {
		return changes, nil
	}
	rest, err := s.removeAll(have)
	return append(changes, rest...), err
}

// removeAll takes route, service and upstream away, in the order in which they refer to each other.
func (s Service) removeAll(have *state) ([]Change, error) {
	var changes []Change
	ours := func(e entity) bool { return e != nil && s.owns(e) }
	if ours(have.route) && have.routeOf == "" {
		changes = append(changes, remove("route "+s.Name, "/routes/", have.route))
	}
	if ours(have.service) {
		for _, r := range have.routes {
			if have.route == nil || r.text("id") != have.route.text("id") {
				if len(changes) > 0 { // first what can go
					return changes, nil
				}
				return nil, notOurs("service "+s.Name, "the route %s of somebody else still uses it", nameOf(r))
			}
		}
		changes = append(changes, remove("service "+s.Name, "/services/", have.service))
	}
	if ours(have.upstream) && (s.Instance != "" || len(have.targets) == 0) {
		changes = append(changes, remove("upstream "+s.Name, "/upstreams/", have.upstream))
	}
	return changes, nil
}

func nameOf(e entity) string {
	if name := e.text("name"); name != "" {
		return name
	}
	return e.text("id")
}
