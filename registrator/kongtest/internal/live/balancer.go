package live

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"

// Upstream returns the upstream of an id, nil if the proxy does not know it yet.
func (s *State) Upstream(id string) *db.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.served.Table("upstreams").Get(id)
}

// Next returns the upstream of a name, nil if there is none, and the target whose turn it is, nil if no target is available.
func (s *State) Next(name string) (upstream, target *db.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if upstream = s.served.Table("upstreams").By("name", name); upstream == nil {
		return nil, nil
	}
	return upstream, s.next(upstream)
}

// next takes turns by weight: each target gains its weight, and the one that then has most pays for all.
func (s *State) next(upstream *db.Row) *db.Row {
	var best *db.Row
	total := 0.0
	for _, target := range s.served.Table("targets").Of("upstream", upstream.ID) {
		weight := target.Number("weight")
		if marked, isMarked := s.health[target.ID]; weight == 0 || isMarked && !marked {
			continue
		}
		total += weight
		s.turns[target.ID] += weight
		if best == nil || s.turns[target.ID] > s.turns[best.ID] {
			best = target
		}
	}
	if best != nil {
		s.turns[best.ID] -= total
	}
	return best
}

// Mark sets the health of a target by hand.
func (s *State) Mark(id string, healthy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.health[id] = healthy
}

// Unhealthy reports whether a target was marked as unhealthy.
func (s *State) Unhealthy(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	marked, isMarked := s.health[id]
	return isMarked && !marked
}
