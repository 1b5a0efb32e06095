package kongtest

import (
	"net"
	"strconv"
)

// peer chooses where a request of a service goes: its address, and the host it should be called by. A host that is the name
// of an upstream means its targets.
func (f *forwarding) peer() (address, host string, found bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, upstream := range f.live["upstreams"] {
		if upstream.text("name") != f.service.text("host") {
			continue
		}
		target := f.next(upstream)
		if target == nil {
			return "", "", false
		}
		address = target.text("target")
		if host = upstream.text("host_header"); host == "" {
			host = address
		}
		return address, host, true
	}
	port, _ := f.service.values["port"].(float64)
	address = net.JoinHostPort(f.service.text("host"), strconv.Itoa(int(port)))
	return address, address, true
}

// next takes turns by weight: each target gains its weight, and the one that has most pays for all.
func (g *Gateway) next(upstream *entity) *entity {
	var best *entity
	total := 0.0
	for _, target := range g.tables["targets"].of("upstream", upstream.id) {
		weight, _ := target.values["weight"].(float64)
		if marked, isMarked := g.health[target.id]; weight == 0 || isMarked && !marked {
			continue
		}
		total += weight
		g.turns[target.id] += weight
		if best == nil || g.turns[target.id] > g.turns[best.id] {
			best = target
		}
	}
	if best != nil {
		g.turns[best.id] -= total
	}
	return best
}
