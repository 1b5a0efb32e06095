package kongtest

import (
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// peer is where a request of a service goes.
type peer struct {
	address  string
	host     string // that it is called by
	balanced bool   // it is a target of an upstream
}

// peer chooses where the next try goes. A host that is the name of an upstream means its targets.
func (f *forwarding) peer() (peer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	host := f.service.Text("host")
	for _, upstream := range f.live["upstreams"] {
		if upstream.Text("name") != host {
			continue
		}
		target := f.next(upstream)
		if target == nil {
			return peer{}, errNoPeer
		}
		address := target.Text("target")
		name, port, _ := uri.CutPort(address)
		if header := upstream.Text("host_header"); header != "" {
			name = header
		}
		return peer{address, f.hostHeader(name, port), true}, nil
	}
	if parsed, wrong := uri.ParseAddress(host); wrong == "" && parsed.Kind == "ipv6" && !strings.HasPrefix(host, "[") {
		return peer{}, errBadPeer // nginx takes its last part for a port
	}
	port, _ := f.service.Values["port"].(float64)
	return peer{host + ":" + strconv.Itoa(int(port)), f.hostHeader(host, int(port)), false}, nil
}

// hostHeader adds the port to a host, unless it is that of the protocol.
func (f *forwarding) hostHeader(host string, port int) string {
	if port == map[string]int{"http": 80, "https": 443}[f.scheme()] {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// next takes turns by weight: each target gains its weight, and the one that has most pays for all.
func (g *Gateway) next(upstream *db.Row) *db.Row {
	var best *db.Row
	total := 0.0
	for _, target := range g.store.Table("targets").Of("upstream", upstream.ID) {
		weight, _ := target.Values["weight"].(float64)
		if marked, isMarked := g.health[target.ID]; weight == 0 || isMarked && !marked {
			continue
		}
		total += weight
		g.turns[target.ID] += weight
		if best == nil || g.turns[target.ID] > g.turns[best.ID] {
			best = target
		}
	}
	if best != nil {
		g.turns[best.ID] -= total
	}
	return best
}
