package registrator

import (
	"slices"
)

// registration returns the changes that lead from what the gateway has to what is described. The order matters. The route comes
// after the plugins, so that no request is served without them, as far as Kong loads them in that order. The target comes last,
// so that an instance whose description the gateway refuses gets no requests.
func (s Service) registration(have *state) ([]Change, error) {
	changes, err := s.shared(have)
	if err != nil || s.Instance == "" {
		return changes, err
	}
	target, surplus := s.target(have)
	if target == nil || s.owns(target) { // a target that an operator has added is good, too
		changes = ensure(changes, s.desiredTarget(), target)
	}
	for _, t := range surplus {
		changes = append(changes, remove(s.desiredTarget().what, s.desiredTarget().path, t))
	}
	return changes, nil
}

// shared returns the changes of a registration that are the same for all instances.
func (s Service) shared(have *state) (changes []Change, err error) {
	if err := s.validateFor(have.version); err != nil {
		return nil, err
	}
	if err := s.refuseForeign(have); err != nil {
		return nil, err
	}
	if s.Instance != "" {
		changes = ensure(changes, s.desiredUpstream(), have.upstream)
	}
	changes = ensure(changes, s.desiredService(), have.service)
	for _, p := range s.Plugins {
		changes = ensure(changes, s.desiredPlugin(p), pluginOf(have, p.Name))
	}
	route := s.desiredRoute(have.version)
	if have.route != nil && have.route.reference("service") == "" {
		route.fields = append(route.fields, field{name: "service", want: map[string]any{"name": s.Name}, same: contains})
	}
	if priority, needed := s.priorityField(have.version, have.route); needed {
		route.fields = append(route.fields, priority)
	}
	changes = ensure(changes, route, have.route)
	return append(changes, s.stalePlugins(have)...), nil
}

// ensure appends the change that creates or updates an entity, if there is one.
func ensure(changes []Change, d desired, have entity) []Change {
	if have == nil {
		return append(changes, d.create())
	}
	if c, differs := d.update(have); differs {
		return append(changes, c)
	}
	return changes
}

// refuseForeign returns an error if an entity with one of our names belongs to somebody else.
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
			return notOurs(f.what, "it exists without the tag %q; use another name, or add the tag to hand it over", s.tag())
		}
	}
	if have.routeOf != "" {
		other := s.scrubber().clean(have.routeOf)
		return notOurs("route "+s.Name, "it belongs to the service %s, and the gateway would move it from there", other)
	}
	return nil
}

// owns reports whether an entity has our tag.
func (s Service) owns(e entity) bool { return slices.Contains(e.tags(), s.tag()) }

// target returns the target of this instance, in whatever form its address is, and the surplus ones. Kong 2.x creates several
// targets if one is posted several times at once, and then sends the instance as many times its share of requests. Of ours, all
// but one are surplus, and every instance keeps the same one.
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

// isTarget reports whether a target has the address of this instance.
func (s Service) isTarget(t entity) bool {
	return canonical(t.text("target"), kongTargetPort) == canonical(s.address(), kongTargetPort)
}

// pluginOf returns a plugin of the service itself, and not one for a route or a consumer only.
func pluginOf(have *state, name string) entity {
	for _, p := range have.plugins {
		if p.text("name") == name && isServiceWide(p) {
			return p
		}
	}
	return nil
}

func isServiceWide(plugin entity) bool {
	return plugin["route"] == nil && plugin["consumer"] == nil && plugin["consumer_group"] == nil
}

// stalePlugins returns the removals of plugins that were registered and are no longer described.
func (s Service) stalePlugins(have *state) []Change {
	var changes []Change
	for _, p := range have.plugins {
		name := p.text("name")
		described := slices.ContainsFunc(s.Plugins, func(q Plugin) bool { return q.Name == name })
		if !described && s.owns(p) && isServiceWide(p) {
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
