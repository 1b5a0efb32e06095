// Package live holds what the proxy serves: the routes, services and upstreams that it knows by now, and the state of its
// balancers. The Admin API tells it what was written, and asks it for the health of targets.
package live

import (
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/router"
)

// State is what one gateway serves. Its methods may be called by several goroutines at once.
type State struct {
	v3    bool
	delay time.Duration

	mu      sync.Mutex         // guards what follows
	served  *db.Database       // a replica of the entities, which may lag behind
	pending []change           // changes that the replica does not have yet
	router  router.Router      // built from the replica; nil: not built yet
	health  map[string]bool    // by the ids of targets that were marked
	turns   map[string]float64 // by the ids of targets: how far they are behind in the round-robin
}

// change is a change that the proxy does not know yet.
type change struct {
	db.Change
	due time.Time
}

// New returns the state of a gateway that serves nothing yet. Changes of services, routes and upstreams are served after
// delay, by time.Now. Changes of targets are served at once.
func New(v3 bool, delay time.Duration) *State {
	return &State{v3: v3, delay: delay, served: db.New(collection.Definitions(v3), nil), health: make(map[string]bool),
		turns: make(map[string]float64)}
}

// Follow repeats changes of the entities, at once or after the delay.
func (s *State) Follow(changes ...db.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follow(changes)
}

// Swap is Follow for a new configuration. It forgets the health of all targets, and whose turn it is.
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
		case c.Table == "plugins": // the proxy enforces no plugins
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

// settle applies the changes that are due.
func (s *State) settle() {
	now := time.Now()
	for len(s.pending) > 0 && !s.pending[0].due.After(now) {
		s.apply(s.pending[0].Change)
		s.pending = s.pending[1:]
	}
}

func (s *State) apply(c db.Change) {
	s.router = nil
	s.served.Apply(c)
}

// Route returns the route that takes a request, nil if there is none.
func (s *State) Route(in *router.Lookup) *router.Match {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if s.router == nil {
		s.router = router.New(s.v3, s.served.Table("routes"), s.served.Table("services"))
	}
	return s.router.Find(in)
}
