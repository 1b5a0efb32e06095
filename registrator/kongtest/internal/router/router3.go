package router

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// router3 is the router of Kong 3 in its default flavor. The first candidate that matches wins. Candidates are ordered by
// priority and then by id, the greatest first. Ids are random, so the order of their routes' creation does not count.
type router3 []*candidate3

// candidate3 is a route with the paths that have the same priority.
type candidate3 struct {
	Match
	priority uint64
	methods  []string
	hosts    []host3
	headers  []header3
	snis     []string
	paths    []path3
}

func newRouter3(served []Match) router3 {
	var all router3
	for _, m := range served {
		all = append(all, newCandidates3(m)...)
	}
	slices.SortStableFunc(all, func(a, b *candidate3) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), strings.Compare(b.Route.ID, a.Route.ID))
	})
	return all
}

// newCandidates3 splits a route by its paths. One candidate has all regular expressions, and one each the prefixes of one length.
func newCandidates3(m Match) []*candidate3 {
	base := candidate3{Match: m, methods: m.Route.Texts("methods"), snis: m.Route.Texts("snis")}
	for _, host := range m.Route.Texts("hosts") {
		base.hosts = append(base.hosts, newHost3(host))
	}
	for name, values := range headersOf(m.Route) {
		base.headers = append(base.headers, newHeader3(name, values))
	}
	var groups []*candidate3
	byLength := make(map[int]*candidate3)
	for _, text := range m.Route.Texts("paths") {
		p := newPath3(text)
		group := byLength[len(p.prefix)]
		if group == nil {
			one := base
			group = &one
			byLength[len(p.prefix)] = group
			groups = append(groups, group)
		}
		group.paths = append(group.paths, p)
	}
	if len(groups) == 0 {
		groups = append(groups, &base)
	}
	for _, group := range groups {
		group.priority = group.rank()
	}
	return groups
}

const (
	plainHostsBit = 1 << 60
	regexPathBit  = 1 << 51
	maxHeaders    = 255
	maxPath       = 0x7FFFF
)

// rank returns the priority of a candidate. Bit 60 is set for hosts without wildcards, bit 51 for a regular expression, and the
// low bits hold the length of a prefix. Kong means to put the number of kinds of matchers above these, and the number of headers
// and regex_priority between them. But it shifts these three as plain numbers, which LuaJIT truncates to 32 bits with a sign:
// shifts by 61, 52 and 19 places become shifts by 29, 20 and 19. So these numbers count for less than intended, unless they reach
// the sign bit: a route with four kinds of matchers precedes all routes with fewer, and so does one with a negative
// regex_priority.
func (c *candidate3) rank() uint64 {
	kinds := toInt(len(c.methods) > 0) + toInt(len(c.hosts) > 0) + toInt(len(c.headers) > 0) + toInt(len(c.snis) > 0) +
		toInt(len(c.paths) > 0)
	rank := shift32(int64(kinds), 61) | shift32(int64(min(len(c.headers), maxHeaders)), 52)
	hosts := c.Route.Texts("hosts") // an empty list has no wildcard
	if hosts != nil && !slices.ContainsFunc(hosts, func(h string) bool { return strings.Contains(h, "*") }) {
		rank |= plainHostsBit
	}
	switch {
	case len(c.paths) == 0:
	case c.paths[0].regex != nil:
		rank |= regexPathBit | shift32(int64(c.Route.Number("regex_priority")), 19)
	default:
		rank |= uint64(len(c.paths[0].prefix)) & maxPath
	}
	return rank
}

// shift32 is LuaJIT's bit.lshift of a plain number, sign-extended to 64 bits.
func shift32(n int64, places int) uint64 {
	return uint64(int64(int32(uint32(n) << (places % 32))))
}

func (r router3) Find(in *Lookup) *Match {
	for _, c := range r {
		if length, matches := c.match3(in); matches {
			return &Match{c.Route, c.Service, length}
		}
	}
	return nil
}

func (c *candidate3) match3(in *Lookup) (length int, matches bool) {
	switch {
	case len(c.methods) > 0 && !slices.Contains(c.methods, in.Method),
		len(c.hosts) > 0 && !slices.ContainsFunc(c.hosts, in.hasHost),
		len(c.snis) > 0 && in.HTTPS && !slices.ContainsFunc(c.snis, in.hasSNI):
		return 0, false
	}
	for _, h := range c.headers {
		if !slices.ContainsFunc(in.sent(h.name), h.matches) {
			return 0, false
		}
	}
	for _, p := range c.paths {
		if length = p.length(in.Path); length >= 0 {
			return length, true
		}
	}
	return 0, len(c.paths) == 0
}

// host3 is a host of a route. The comparison is case-sensitive.
type host3 struct {
	text           string
	prefix, suffix bool // text is the beginning or the end of the host
	port           string
}

func newHost3(text string) host3 {
	var h host3
	h.text, h.port = splitHost3(text)
	if rest, cut := strings.CutPrefix(h.text, "*"); cut {
		h.text, h.suffix = rest, true
	} else if rest, cut := strings.CutSuffix(h.text, "*"); cut {
		h.text, h.prefix = rest, true
	}
	return h
}

// splitHost3 splits a host and its port. An IPv6 address keeps its port.
func splitHost3(text string) (host, port string) {
	host, port, _ = strings.Cut(text, ":")
	if _, err := strconv.ParseFloat(port, 64); err != nil {
		return text, ""
	}
	return host, port
}

// hasHost reports whether a host of a route matches the request.
func (in *Lookup) hasHost(h host3) bool {
	host, port := splitHost3(in.Host)
	if port == "" {
		port = in.Port
	}
	if h.port != "" && h.port != port {
		return false
	}
	switch {
	case h.suffix:
		return strings.HasSuffix(host, h.text)
	case h.prefix:
		return strings.HasPrefix(host, h.text)
	}
	return host == h.text
}

func (in *Lookup) hasSNI(sni string) bool {
	if rest, cut := strings.CutSuffix(sni, "*"); cut {
		return strings.HasPrefix(in.SNI, rest)
	}
	if len(sni) > 1 {
		sni = strings.TrimSuffix(sni, ".")
	}
	if rest, cut := strings.CutPrefix(sni, "*"); cut {
		return strings.HasSuffix(in.SNI, rest)
	}
	return in.SNI == sni
}

// header3 is a header of a route. It matches if one value of the request does. All values and expressions are in lower case.
type header3 struct {
	name   string
	values []string
	regexs []*regexp.Regexp
}

func newHeader3(name string, values []string) header3 {
	h := header3{name: strings.ReplaceAll(name, "-", "_")}
	for _, value := range values {
		if expression, isRegex := strings.CutPrefix(value, "~*"); isRegex {
			h.regexs = append(h.regexs, compile(strings.ToLower(expression)))
		} else {
			h.values = append(h.values, strings.ToLower(value))
		}
	}
	return h
}

func (h header3) matches(sent string) bool {
	return slices.Contains(h.values, sent) ||
		slices.ContainsFunc(h.regexs, func(re *regexp.Regexp) bool { return re.MatchString(sent) })
}

// path3 is a prefix or a regular expression. A prefix is not empty: it begins with a slash.
type path3 struct {
	prefix string
	regex  *regexp.Regexp
}

// newPath3 returns a matcher of a path. It anchors an expression as Kong does, which anchors only the first of several
// alternatives.
func newPath3(text string) path3 {
	if expression, isRegex := strings.CutPrefix(text, "~"); isRegex {
		return path3{regex: compile("^" + expression)}
	}
	return path3{prefix: text}
}

// length returns the length of the part of a path that p matches, or -1.
func (p path3) length(path string) int {
	if p.regex == nil {
		if strings.HasPrefix(path, p.prefix) {
			return len(p.prefix)
		}
		return -1
	}
	found := p.regex.FindStringIndex(path)
	if found == nil {
		return -1
	}
	return found[1] - found[0]
}
