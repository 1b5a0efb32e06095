package kongtest

import (
	"cmp"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// change is a write that the proxy does not know yet.
type change struct {
	due        time.Time
	collection string
	id         string
	entity     *entity // nil: it was deleted
}

// changed lets the proxy know, now or later.
func (g *Gateway) changed(collection, id string, e *entity) {
	if g.live[collection] == nil {
		return
	}
	ch := change{due: time.Now().Add(g.config.RouterDelay), collection: collection, id: id, entity: e}
	if g.config.RouterDelay > 0 {
		g.pending = append(g.pending, ch)
		return
	}
	g.apply(ch)
}

// settle applies the changes whose time has come.
func (g *Gateway) settle() {
	now := time.Now()
	for len(g.pending) > 0 && !g.pending[0].due.After(now) {
		g.apply(g.pending[0])
		g.pending = g.pending[1:]
	}
}

func (g *Gateway) apply(ch change) {
	g.router = nil
	if ch.entity == nil {
		delete(g.live[ch.collection], ch.id)
		return
	}
	g.live[ch.collection][ch.id] = ch.entity
}

// candidate is a route, or those of its paths that have the same precedence.
type candidate struct {
	route   *entity
	service *entity // nil: the route has none
	methods []any
	hosts   []hostPattern
	headers map[string][]any
	paths   []pathPattern
	rank    []int // the higher, the earlier; compared from the left
}

type hostPattern struct {
	text     string
	wildcard *regexp.Regexp
	withPort bool
}

type pathPattern struct {
	prefix string
	regex  *regexp.Regexp // nil: a prefix
}

// length matches the beginning of a path, and returns how much of it, -1 for nothing.
func (p pathPattern) length(path string) int {
	if p.regex != nil {
		if found := p.regex.FindStringIndex(path); found != nil {
			return found[1]
		}
		return -1
	}
	if strings.HasPrefix(path, p.prefix) {
		return len(p.prefix)
	}
	return -1
}

// route finds the route for a request, and how much of the path it matched.
func (g *Gateway) route(r *http.Request, path string) (*candidate, int) {
	if g.router == nil {
		g.router = g.newRouter()
	}
	for _, c := range g.router {
		if matched := c.match(r, path); matched >= 0 {
			return c, matched
		}
	}
	return nil, 0
}

func (c *candidate) match(r *http.Request, path string) int {
	if len(c.methods) > 0 && !slices.Contains(c.methods, any(r.Method)) {
		return -1
	}
	if len(c.hosts) > 0 && !slices.ContainsFunc(c.hosts, func(h hostPattern) bool { return h.match(r.Host) }) {
		return -1
	}
	for name, values := range c.headers {
		if !matchHeader(r.Header.Values(name), values) {
			return -1
		}
	}
	if len(c.paths) == 0 {
		return 0
	}
	for _, p := range c.paths {
		if matched := p.length(path); matched >= 0 {
			return matched
		}
	}
	return -1
}

func (h hostPattern) match(host string) bool {
	host = strings.ToLower(host)
	if !h.withPort {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	if h.wildcard != nil {
		return h.wildcard.MatchString(host)
	}
	return host == h.text
}

func matchHeader(sent []string, wanted []any) bool {
	for _, want := range wanted {
		for _, have := range sent {
			expression, isRegex := strings.CutPrefix(want.(string), "~*")
			if !isRegex {
				if strings.EqualFold(have, want.(string)) {
					return true
				}
				continue
			}
			if re, err := regexp.Compile(expression); err == nil && re.MatchString(strings.ToLower(have)) {
				return true
			}
		}
	}
	return false
}

func (g *Gateway) newRouter() []*candidate {
	router := []*candidate{}
	for _, route := range g.live["routes"] {
		service := g.live["services"][route.parent("service")]
		if service != nil && service.values["enabled"] == false || !servesHTTP(route) {
			continue
		}
		router = append(router, g.candidates(route, service)...)
	}
	slices.SortFunc(router, func(a, b *candidate) int {
		ta, _ := a.route.values["created_at"].(float64)
		tb, _ := b.route.values["created_at"].(float64)
		return cmp.Or(slices.Compare(b.rank, a.rank), cmp.Compare(ta, tb), strings.Compare(a.route.id, b.route.id))
	})
	return router
}

func servesHTTP(route *entity) bool {
	list, _ := route.values["protocols"].([]any)
	return slices.ContainsFunc(list, func(p any) bool { return slices.Contains(httpProtocols, p) })
}

// candidates makes one candidate of a route. Kong 3 ranks every path by itself, so there it makes one for each path.
func (g *Gateway) candidates(route, service *entity) []*candidate {
	base := candidate{route: route, service: service, headers: make(map[string][]any)}
	base.methods, _ = route.values["methods"].([]any)
	hosts, _ := route.values["hosts"].([]any)
	plainHosts := len(hosts) > 0
	for _, host := range hosts {
		h := newHostPattern(host.(string))
		plainHosts = plainHosts && h.wildcard == nil
		base.hosts = append(base.hosts, h)
	}
	headers, _ := route.values["headers"].(map[string]any)
	for name, values := range headers {
		base.headers[name], _ = values.([]any)
	}
	all, _ := route.values["paths"].([]any)
	snis, _ := route.values["snis"].([]any)
	weight, bits := base.weight(len(all) > 0, len(snis) > 0)
	paths := make([]pathPattern, len(all))
	for i, path := range all {
		paths[i] = g.newPathPattern(path.(string))
	}
	priority, _ := route.values["regex_priority"].(float64)
	plain, headerCount := toInt(plainHosts), len(headers)
	if !g.v3 {
		slices.SortStableFunc(paths, func(a, b pathPattern) int { return len(b.prefix) - len(a.prefix) })
		regex, longest := 0, 0
		for _, p := range paths {
			regex, longest = max(regex, toInt(p.regex != nil)), max(longest, len(p.prefix))
		}
		base.paths = paths
		base.rank = []int{weight, bits, plain, regex, headerCount, regex * int(priority), longest}
		return []*candidate{&base}
	}
	if len(paths) == 0 {
		base.rank = []int{weight, plain, headerCount, 0, 0, 0}
		return []*candidate{&base}
	}
	split := make([]*candidate, len(paths))
	for i, p := range paths {
		one := base
		regex := toInt(p.regex != nil)
		one.paths = []pathPattern{p}
		one.rank = []int{weight, plain, headerCount, regex, regex * int(priority), len(p.prefix)}
		split[i] = &one
	}
	return split
}

// weight counts the kinds of matchers. Between equals, Kong 2 prefers hosts to headers, headers to paths, and so on.
func (c *candidate) weight(hasPaths, hasSNIs bool) (count, bits int) {
	for i, has := range []bool{hasSNIs, len(c.methods) > 0, hasPaths, len(c.headers) > 0, len(c.hosts) > 0} {
		count += toInt(has)
		bits |= toInt(has) << i
	}
	return count, bits
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func newHostPattern(host string) hostPattern {
	host = strings.ToLower(host)
	_, port, _ := cutPort(host)
	h := hostPattern{text: host, withPort: port >= 0}
	if strings.Contains(host, "*") {
		h.wildcard = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(host), `\*`, ".*") + "$")
	}
	return h
}

var never = regexp.MustCompile(`[^\s\S]`)

// newPathPattern reads a path of a route. A regular expression that Go cannot compile never matches.
func (g *Gateway) newPathPattern(path string) pathPattern {
	expression, isRegex := strings.CutPrefix(path, "~")
	if !g.v3 {
		expression, isRegex = path, !isPlainPath2(path)
	}
	if !isRegex {
		return pathPattern{prefix: normalPath(path)}
	}
	re, err := regexp.Compile("^(?:" + expression + ")")
	if err != nil {
		re = never
	}
	return pathPattern{regex: re}
}
