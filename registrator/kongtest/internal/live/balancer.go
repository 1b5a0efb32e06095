package live

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"

// Upstream returns the upstream with an id. It is nil if the proxy does not serve the upstream yet.
func (s *State) Upstream(id string) *db.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applyDue()
	return s.served.Table("upstreams").Get(id)
}

// Next returns the upstream with a name and the target for the next request. The upstream is nil if there is none. The target is
// nil if none is available.
func (s *State) Next(name string) (upstream, target *db.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if upstream = s.served.Table("upstreams").By("name", name); upstream == nil {
		return nil, nil
	}
	return upstream, s.next(upstream)
}

// next is a smooth weighted round-robin: the turn value of each target grows by its weight, the target with the greatest value is
// chosen, and the sum of all weights is subtracted from that value.
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
