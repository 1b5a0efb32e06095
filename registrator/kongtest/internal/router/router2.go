package router

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// router2 is the router of Kong 2. The kinds of matchers take precedence over all else: it tries the highest category that a
// request can be in, and then the categories with fewer kinds, or kinds of lower precedence. Within a category it tries the
// routes of an index first, so a route that comes later in the order may win.
type router2 struct {
	categories []*category2 // the highest first
	routes     []*route2    // in order
	prefixes   []string     // the longest first
}

type category2 struct {
	kinds  int // the number of kinds
	bits   int
	routes []*route2
}

func newRouter2(served []Match) *router2 {
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

// hits2 holds the parts of a request that routes match. Each part may be matched by another route.
type hits2 struct {
	*Lookup
	bits   int
	bare   string // the host
	whole  string // the host with a port
	host   string // the host in the index: the text of a wildcard, or the host as sent
	header string // the name of the first header of a route that the request has
	prefix string // the prefix or the expression that the path matches
}

func (r *router2) Find(in *Lookup) *Match {
	h := r.hits(in)
	first := slices.IndexFunc(r.categories, func(c *category2) bool { return c.bits == h.bits })
	if h.bits == 0 {
		return nil
	}
	for _, c := range r.categories[max(first, 0):] {
		for _, list := range [][]*route2{c.indexed(h), c.routes} {
			for _, one := range list {
				if length, matches := one.match2(h); matches {
					return &Match{one.Route, one.Service, length}
				}
			}
		}
	}
	return nil
}

func (r *router2) hits(in *Lookup) *hits2 {
	h := &hits2{Lookup: in, host: in.Host}
	port := "80"
	if in.HTTPS {
		port = "443"
	}
	h.bare, h.whole, _ = uri.SplitHost(in.Host, port)
	r.hitHost(h)
	r.hitPath(h)
	for _, one := range r.routes {
		for _, wanted := range one.headers {
			if h.header == "" && len(in.sent(wanted.name)) > 0 {
				h.header = wanted.name
				h.bits |= byHeader
			}
		}
		if slices.Contains(one.methods, in.Method) {
			h.bits |= byMethod
		}
		if slices.Contains(one.snis, in.SNI) {
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

// hitPath finds the path of a route that matches. Expressions take precedence over prefixes.
func (r *router2) hitPath(h *hits2) {
	for _, one := range r.routes {
		if one.path != nil && one.path.regex != nil && one.path.length(h.Path) >= 0 {
			h.bits |= byPath
			h.prefix = one.path.value
			return
		}
	}
	for _, prefix := range r.prefixes {
		if strings.HasPrefix(h.Path, prefix) {
			h.bits |= byPath
			h.prefix = prefix
			return
		}
	}
}

// indexed returns the routes of a category that an index lists for a request: those with the header or, if there are none, the
// shortest list among those with the host, the path, the method and the SNI.
func (c *category2) indexed(h *hits2) []*route2 {
	withHeader := c.having(func(r *route2) bool {
		return slices.ContainsFunc(r.headers, func(wanted header2) bool { return wanted.name == h.header })
	})
	if len(withHeader) > 0 {
		return withHeader
	}
	var fewest []*route2
	for _, index := range []func(*route2) bool{
		func(r *route2) bool {
			return slices.ContainsFunc(r.hosts, func(wanted host2) bool { return wanted.text == h.host })
		},
		func(r *route2) bool { return r.path != nil && r.path.value == h.prefix },
		func(r *route2) bool { return slices.Contains(r.methods, h.Method) },
		func(r *route2) bool { return slices.Contains(r.snis, h.SNI) },
	} {
		if list := c.having(index); len(list) > 0 && (fewest == nil || len(list) < len(fewest)) {
			fewest = list
		}
	}
	return fewest
}

// having returns the routes that index accepts.
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
	case len(r.methods) > 0 && !slices.Contains(r.methods, h.Method),
		len(r.hosts) > 0 && !slices.ContainsFunc(r.hosts, h.hasHost),
		len(r.snis) > 0 && h.HTTPS && !slices.Contains(r.snis, h.SNI):
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
	length = r.path.length(h.Path)
	return length, length >= 0
}

// hasHost reports whether a host of a route matches the request. The comparison is case-sensitive.
func (h *hits2) hasHost(wanted host2) bool {
	if wanted.wildcard != nil {
		return wanted.wildcard.MatchString(h.whole)
	}
	return wanted.text == h.host || wanted.text == h.bare
}
