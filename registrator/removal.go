package registrator

import "context"

// removal is the operation of Deregister. It plans one step for each reading, so that each step is decided by what the gateway
// has then. It removes only entities with our tag. An entity is deleted by its id, so one that was created again meanwhile is
// kept.
type removal struct {
	operation
	shared bool // route and service were removed; they are created again if another instance has registered meanwhile
}

func (r *removal) next(ctx context.Context, have *state) ([]Change, error) {
	s := r.service
	if s.Instance != "" {
		var changes []Change
		for _, t := range have.targets {
			if s.isTarget(t) && s.owns(t) {
				changes = append(changes, remove(s.desiredTarget().what, s.desiredTarget().path, t))
			}
		}
		switch {
		case len(changes) > 0:
			return changes, nil
		case len(have.targets) > 0 && r.shared:
			return s.shared(have)
		case len(have.targets) > 0, !s.RemoveWhenLast:
			return nil, nil
		}
	}
	if err := r.refuse(ctx, have); err != nil {
		return nil, err
	}
	if changes := s.removeShared(have); len(changes) > 0 {
		r.shared = true
		return changes, nil
	}
	if have.upstream != nil && s.owns(have.upstream) && len(have.targets) == 0 {
		return []Change{remove("upstream "+s.upstream(), "/upstreams/", have.upstream)}, nil
	}
	return nil, nil
}

// removeShared returns the removals of the route and the service. The route refers to the service, so it goes first.
func (s Service) removeShared(have *state) (changes []Change) {
	if s.ownsRoute(have) {
		changes = append(changes, remove("route "+s.Name, "/routes/", have.route))
	}
	if have.service != nil && s.owns(have.service) {
		changes = append(changes, remove("service "+s.Name, "/services/", have.service))
	}
	return changes
}

// refuse returns an error if somebody else has added something to our route or service. The gateway would delete such plugins
// together with them, and the next registration would be served without them.
func (r *removal) refuse(ctx context.Context, have *state) error {
	s := r.service
	if have.service != nil && s.owns(have.service) {
		for _, other := range have.routes {
			switch {
			case s.ownsRoute(have) && other.text("id") == have.route.text("id"):
			case s.owns(other): // another instance has created it since the route was read
				return changed("route "+s.Name, "it was created again meanwhile")
			default:
				name := s.scrubber().clean(nameOf(other))
				return notOurs("service "+s.Name, "the route %s of somebody else still uses it", name)
			}
		}
		if err := s.refusePlugins("service "+s.Name, have.plugins); err != nil {
			return err
		}
	}
	if !s.ownsRoute(have) {
		return nil
	}
	what := "plugins of route " + s.Name
	plugins, err := r.list(ctx, what, "/routes/"+have.route.text("id")+"/plugins")
	if err != nil {
		return err
	}
	return s.refusePlugins("route "+s.Name, plugins)
}

func (s Service) refusePlugins(entity string, plugins []entity) error {
	for _, p := range plugins {
		if !s.owns(p) {
			name := s.scrubber().clean(p.text("name"))
			return notOurs(entity, "the plugin %s of somebody else would be deleted with it; remove the plugin first", name)
		}
	}
	return nil
}

func (s Service) ownsRoute(have *state) bool {
	return have.route != nil && s.owns(have.route) && have.routeOf == ""
}
