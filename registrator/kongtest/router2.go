package kongtest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// router2 is the router of Kong 2. It looks at the kinds of matchers first: at the category that a request could be in at
// most, and then at those with fewer or lesser kinds. Within one it tries the routes of an index first, which is why a route
// is sometimes preferred that comes later in the order of all.
type router2 struct {
	categories []*category2 // the first ones first
	routes     []*route2    // in order
	prefixes   []string     // the longest ones first
}

type category2 struct {
	kinds  int // how many
	bits   int
	routes []*route2
}

func newRouter2(served []match) *router2 {
	r := &router2{}
	for _, m := range served {
		r.routes = append(r.routes, newRoutes2(m)...)
	}
	slices.SortStableFunc(r.routes, compare2)
	byBits := make(map[int]*category2)
	for _, one := range r.routes {
		c := byBits[one.category]
		if c == nil {
			c = &category2{kinds: one.kinds, bits: one.category}
			byBits[one.category] = c
		}
		c.routes = append(c.routes, one)
		if one.path != nil && one.path.regex == nil {
			r.prefixes = append(r.prefixes, one.path.value)
		}
	}
	r.categories = slices.SortedFunc(maps.Values(byBits), func(a, b *category2) int {
		return cmp.Or(cmp.Compare(b.kinds, a.kinds), cmp.Compare(b.bits, a.bits))
	})
	slices.SortStableFunc(r.prefixes, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return r
}

// hits2 is what of a request any route knows, whether or not one route knows all of it.
type hits2 struct {
	*lookup
	bits   int
	bare   string // the host
	whole  string // the host with a port
	host   string // what stands for it in the index: the text of a wildcard, or what was sent
	header string // the first one that a route asks for and that was sent
	path   string // of a route
}

func (r *router2) find(in *lookup) *match {
	h := r.hits(in)
	first := slices.IndexFunc(r.categories, func(c *category2) bool { return c.bits == h.bits })
	if h.bits == 0 {
		return nil
	}
	for _, c := range r.categories[max(first, 0):] {
		for _, list := range [][]*route2{c.likely(h), c.routes} {
			for _, one := range list {
				if length, matches := one.match2(h); matches {
					return &match{one.route, one.service, length}
				}
			}
		}
	}
	return nil
}

func (r *router2) hits(in *lookup) *hits2 {
	h := &hits2{lookup: in, host: in.host}
	port := "80"
	if in.https {
		port = "443"
	}
	h.bare, h.whole, _ = uri.SplitHost(in.host, port)
	r.hitHost(h)
	r.hitPath(h)
	for _, one := range r.routes {
		for _, wanted := range one.headers {
			if h.header == "" && len(in.sent(wanted.name)) > 0 {
				h.header = wanted.name
				h.bits |= byHeader
			}
		}
		if slices.Contains(one.methods, in.method) {
			h.bits |= byMethod
		}
		if slices.Contains(one.snis, in.sni) {
			h.bits |= bySNI
		}
	}
	return h
}

func (r *router2) hitHost(h *hits2) {
	if h.host == "" {
		return
	}
	wildcard := ""
	for _, one := range r.routes {
		for _, host := range one.hosts {
			switch {
			case host.wildcard == nil && (host.text == h.whole || host.text == h.bare):
				h.bits |= byHost
				return
			case host.wildcard != nil && wildcard == "" && host.wildcard.MatchString(h.whole):
				wildcard = host.text
			}
		}
	}
	if wildcard != "" {
		h.bits |= byHost
		h.host = wildcard
	}
}

// hitPath prefers any expression to all prefixes.
func (r *router2) hitPath(h *hits2) {
	for _, one := range r.routes {
		if one.path != nil && one.path.regex != nil && one.path.length(h.lookup.path) >= 0 {
			h.bits |= byPath
			h.path = one.path.value
			return
		}
	}
	for _, prefix := range r.prefixes {
		if strings.HasPrefix(h.lookup.path, prefix) {
			h.bits |= byPath
			h.path = prefix
			return
		}
	}
}

// likely returns the routes of a category that an index has for a request: those that ask for the header, or else the fewest
// of those that name the host, the path, the method or the SNI.
func (c *category2) likely(h *hits2) []*route2 {
	asking := c.having(func(r *route2) bool {
		return slices.ContainsFunc(r.headers, func(wanted header2) bool { return wanted.name == h.header })
	})
	if len(asking) > 0 {
		return asking
	}
	var fewest []*route2
	for _, index := range []func(*route2) bool{
		func(r *route2) bool {
			return slices.ContainsFunc(r.hosts, func(wanted host2) bool { return wanted.text == h.host })
		},
		func(r *route2) bool { return r.path != nil && r.path.value == h.path },
		func(r *route2) bool { return slices.Contains(r.methods, h.method) },
		func(r *route2) bool { return slices.Contains(r.snis, h.sni) },
	} {
		if list := c.having(index); len(list) > 0 && (fewest == nil || len(list) < len(fewest)) {
			fewest = list
		}
	}
	return fewest
}

func (c *category2) having(index func(*route2) bool) []*route2 {
	var list []*route2
	for _, r := range c.routes {
		if index(r) {
			list = append(list, r)
		}
	}
	return list
}

func (r *route2) match2(h *hits2) (length int, matches bool) {
	switch {
	case len(r.methods) > 0 && !slices.Contains(r.methods, h.method),
		len(r.hosts) > 0 && !slices.ContainsFunc(r.hosts, h.isAtHost),
		len(r.snis) > 0 && h.https && !slices.Contains(r.snis, h.sni):
		return 0, false
	}
	for _, wanted := range r.headers {
		if !slices.ContainsFunc(h.sent(wanted.name), wanted.matches) {
			return 0, false
		}
	}
	if r.path == nil {
		return 0, true
	}
	length = r.path.length(h.lookup.path)
	return length, length >= 0
}

// isAtHost compares hosts as they are: case matters.
func (h *hits2) isAtHost(wanted host2) bool {
	if wanted.wildcard != nil {
		return wanted.wildcard.MatchString(h.whole)
	}
	return wanted.text == h.host || wanted.text == h.bare
}
