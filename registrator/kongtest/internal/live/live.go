// Package live holds the state of the proxy: the routes, services, plugins and upstreams that it serves, and its balancers. The
// Admin API notifies it of changes and reads the health of targets from it.
package live

import (
	"slices"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/router"
)

// State is the state of the proxy of one gateway. It is safe for concurrent use.
type State struct {
	v3    bool
	delay time.Duration

	mu      sync.Mutex         // guards the fields below
	served  *db.Database       // a replica of the entities, which may be out of date
	pending []change           // changes that are not applied to the replica yet
	router  router.Router      // built from the replica; nil: not built yet
	health  map[string]bool    // by target id; only targets that were marked
	turns   map[string]float64 // by target id; the state of the weighted round-robin
}

// change is a change that is not applied to the replica yet.
type change struct {
	db.Change
	due time.Time
}

// New returns the state of a proxy that serves nothing yet. Changes to services, routes, plugins and upstreams take effect after
// delay, as measured by time.Now. Changes to targets take effect at once.
func New(v3 bool, delay time.Duration) *State {
	return &State{v3: v3, delay: delay, served: db.New(collection.Definitions(v3), nil), health: make(map[string]bool),
		turns: make(map[string]float64)}
}

// Follow applies changes, at once or after the delay.
func (s *State) Follow(changes ...db.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follow(changes)
}

// Swap is Follow for a new configuration. It also resets the health of all targets and the round-robins.
func (s *State) Swap(changes ...db.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follow(changes)
	clear(s.health)
	clear(s.turns)
}

func (s *State) follow(changes []db.Change) {
	for _, c := range changes {
		switch {
		case c.Table == "targets":
			if c.Row == nil {
				delete(s.health, c.ID)
				delete(s.turns, c.ID)
			}
			s.served.Apply(c)
		case s.delay > 0:
			s.pending = append(s.pending, change{Change: c, due: time.Now().Add(s.delay)})
		default:
			s.apply(c)
		}
	}
}

// applyDue applies the changes whose delay has passed.
func (s *State) applyDue() {
	now := time.Now()
	for len(s.pending) > 0 && !s.pending[0].due.After(now) {
		s.apply(s.pending[0].Change)
		s.pending = s.pending[1:]
	}
}

func (s *State) apply(c db.Change) {
	if c.Table != "plugins" {
		s.router = nil
	}
	s.served.Apply(c)
}

// Route returns the route that a request matches. It is nil if there is none.
func (s *State) Route(in *router.Lookup) *router.Match {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applyDue()
	if s.router == nil {
		s.router = router.New(s.v3, s.served.Table("routes"), s.served.Table("services"))
	}
	return s.router.Find(in)
}

// Plugins returns the plugins that run for a route and its service: of each name the one with the narrowest scope.
func (s *State) Plugins(route, service *db.Row) []*db.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applyDue()
	var found []*db.Row
	chosen := make(map[string]int) // the scope of the plugin in found, by name
	for _, plugin := range s.served.Table("plugins").All() {
		ofRoute, ofService := plugin.Parent("route"), plugin.Parent("service")
		if ofRoute != "" && ofRoute != route.ID || ofService != "" && ofService != service.ID {
			continue
		}
		if plugin.Parent("consumer") != "" || plugin.Values["enabled"] != true {
			continue
		}
		scope := 1
		if ofRoute != "" {
			scope += 2
		}
		if ofService != "" {
			scope++
		}
		name := plugin.Text("name")
		if scope <= chosen[name] {
			continue
		}
		chosen[name] = scope
		found = append(slices.DeleteFunc(found, func(p *db.Row) bool { return p.Text("name") == name }), plugin)
	}
	return found
}
