package registrator

import (
	"slices"
)

// registration is the plan that leads from what the gateway has to what is described. The order matters. The route comes
// after the plugins, so that nothing is served without them, as far as Kong loads them in that order. The target comes last,
// so that an instance whose description the gateway refuses gets no requests.
func (s Service) registration(have *state) ([]Change, error) {
	changes, err := s.shared(have)
	if err != nil || s.Instance == "" {
		return changes, err
	}
	target, surplus := s.target(have)
	if target == nil || s.owns(target) { // one that an operator has put there serves as well
		changes = reach(changes, s.desiredTarget(), target)
	}
	for _, t := range surplus {
		changes = append(changes, remove(s.desiredTarget().what, s.desiredTarget().path, t))
	}
	return changes, nil
}

// shared is the part of a registration that all instances have in common.
func (s Service) shared(have *state) (changes []Change, err error) {
	if err := s.validateFor(have.version); err != nil {
		return nil, err
	}
	if err := s.refuseForeign(have); err != nil {
		return nil, err
	}
	if s.Instance != "" {
		changes = reach(changes, s.desiredUpstream(), have.upstream)
	}
	changes = reach(changes, s.desiredService(), have.service)
	for _, p := range s.Plugins {
		changes = reach(changes, s.desiredPlugin(p), pluginOf(have, p.Name))
	}
	route := s.desiredRoute(have.version)
	if have.route != nil && have.route.reference("service") == "" {
		route.fields = append(route.fields, field{name: "service", want: map[string]any{"name": s.Name}, same: contains})
	}
	if priority, needed := s.priorityField(have.version, have.route); needed {
		route.fields = append(route.fields, priority)
	}
	changes = reach(changes, route, have.route)
	return append(changes, s.stalePlugins(have)...), nil
}

// reach adds the change that makes an entity, or brings it to what is desired.
func reach(changes []Change, d desired, have entity) []Change {
	if have == nil {
		return append(changes, d.create())
	}
	if c, differs := d.update(have); differs {
		return append(changes, c)
	}
	return changes
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
		}{"upstream " + s.upstream(), have.upstream})
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
		other := s.scrubber().clean(have.routeOf)
		return notOurs("route "+s.Name, "it belongs to the service %s; the gateway would take it away from there", other)
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
	return Change{Action: Delete, Entity: what, write: &write{method: "DELETE", path: path + e.text("id")}}
}

func nameOf(e entity) string {
	if name := e.text("name"); name != "" {
		return name
	}
	return e.text("id")
}
