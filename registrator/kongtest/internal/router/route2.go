package router

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// The kinds of matchers in Kong 2. The category of a route is the sum of its kinds. Greater values take precedence.
const (
	bySNI = 1 << iota
	byMethod
	byPath
	byHeader
	byHost
)

// The bits of the rank of a route within its category. Greater ranks take precedence.
const (
	hasRegexPath        = 1 << iota
	hasPlainHostsOnly   // also set for an empty list of hosts
	hasWildcardWithPort // the first wildcard of the route has a port
)

// route2 is a route with one of its paths. Kong 2 splits a route that has several paths.
type route2 struct {
	Match
	category int
	kinds    int // the number of kinds in the category
	rank     int
	methods  []string
	hosts    []host2
	headers  []header2
	snis     []string
	path     *path2 // nil: the route has no paths
}

type host2 struct {
	text     string
	wildcard *regexp.Regexp // nil: a plain host
}

type header2 struct {
	name   string
	values []string
	regex  *regexp.Regexp // nil: none
}

type path2 struct {
	written int            // the length of a prefix as written in the route; 0 for an expression
	value   string         // the prefix or the expression, in normal form
	regex   *regexp.Regexp // nil: a prefix
}

// newRoutes2 splits a route by its paths.
func newRoutes2(m Match) []*route2 {
	paths := m.Route.Texts("paths")
	if len(paths) == 0 {
		return []*route2{newRoute2(m, nil)}
	}
	all := make([]*route2, len(paths))
	for i, text := range paths {
		all[i] = newRoute2(m, newPath2(text))
	}
	return all
}

func newRoute2(m Match, path *path2) *route2 {
	r := &route2{Match: m, path: path, methods: m.Route.Texts("methods")}
	for _, sni := range m.Route.Texts("snis") {
		if len(sni) > 1 {
			sni = strings.TrimSuffix(sni, ".")
		}
		r.snis = append(r.snis, sni)
	}
	headers := headersOf(m.Route)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		r.headers = append(r.headers, newHeader2(name, headers[name]))
	}
	r.addHosts(m.Route.Texts("hosts"))
	if path != nil && path.regex != nil {
		r.rank |= hasRegexPath
	}
	for bit, has := range map[int]bool{
		bySNI: len(r.snis) > 0, byMethod: len(r.methods) > 0, byPath: path != nil, byHeader: len(r.headers) > 0,
		byHost: len(r.hosts) > 0,
	} {
		r.kinds += toInt(has)
		r.category |= toInt(has) * bit
	}
	return r
}

func (r *route2) addHosts(hosts []string) {
	if hosts == nil {
		return
	}
	r.rank |= hasPlainHostsOnly
	for _, text := range hosts {
		h := host2{text: text}
		if strings.Contains(text, "*") {
			_, _, withPort := uri.SplitHost(text, "")
			h.wildcard = newWildcard2(text, withPort)
			r.rank &^= hasPlainHostsOnly
			if withPort {
				r.rank |= hasWildcardWithPort
			}
		}
		r.hosts = append(r.hosts, h)
	}
}

// newWildcard2 returns the expression for a host with a wildcard, which stands for at least one byte. Unless the host has a port,
// the expression matches every port.
func newWildcard2(text string, withPort bool) *regexp.Regexp {
	expression := strings.ReplaceAll(strings.ReplaceAll(text, ".", `\.`), "*", ".+")
	if !withPort {
		expression += `(?::\d+)?`
	}
	return compile("^(?:" + expression + "$)")
}

// newHeader2 returns a matcher of a header. A value is an expression only if it is the only value and begins with ~*.
func newHeader2(name string, values []string) header2 {
	h := header2{name: strings.ToLower(name)}
	for _, value := range values {
		h.values = append(h.values, strings.ToLower(value))
	}
	if len(values) == 1 && strings.HasPrefix(values[0], "~*") {
		h.regex = compile(values[0][2:])
	}
	return h
}

func (h header2) matches(sent string) bool {
	return slices.Contains(h.values, sent) || h.regex != nil && h.regex.MatchString(sent)
}

const remainder2 = "uri_postfix"

// newPath2 returns a matcher of a path. A plain path is a prefix. Any other path is an expression, anchored at the beginning.
func newPath2(text string) *path2 {
	if uri.IsPlain(text) {
		return &path2{written: len(text), value: uri.Normalize(text)}
	}
	expression := normalExpression2(text)
	return &path2{value: expression, regex: compile("^(?:" + expression + "(?P<" + remainder2 + ">.*))")}
}

// normalExpression2 decodes the escapes in an expression that a normal path does not have. The decoded characters stand for
// themselves.
func normalExpression2(expression string) string {
	var decoded strings.Builder
	for i := 0; i < len(expression); i++ {
		octet := expression[i:min(i+3, len(expression))]
		if expression[i] != '%' || uri.BadPercent(octet) != "" {
			decoded.WriteByte(expression[i])
			continue
		}
		switch c := uri.Unescape(octet)[0]; {
		case strings.IndexByte(uri.Reserved, c) >= 0:
			decoded.WriteString(strings.ToUpper(octet))
		case strings.IndexByte(`.^-{}\|`, c) >= 0:
			decoded.WriteString(`\` + string(rune(c)))
		default:
			decoded.WriteByte(c)
		}
		i += 2
	}
	return decoded.String()
}

// length returns the length of the part of a path that p matches, or -1. It is 0 if an alternative matches that does not capture
// the remainder of the path: Kong strips nothing then.
func (p *path2) length(path string) int {
	if p.regex == nil {
		if strings.HasPrefix(path, p.value) {
			return len(p.value)
		}
		return -1
	}
	found := p.regex.FindStringSubmatchIndex(path)
	if found == nil {
		return -1
	}
	return max(found[2*p.regex.SubexpIndex(remainder2)], 0)
}

// compare2 orders the routes of a category. Routes that come first take precedence.
func compare2(a, b *route2) int {
	createdAt := func(r *route2) float64 {
		at, _ := r.Route.Values["created_at"].(float64)
		return at
	}
	if by := cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(len(b.headers), len(a.headers))); by != 0 {
		return by
	}
	if a.rank&hasRegexPath != 0 {
		if by := cmp.Compare(int64(b.Route.Number("regex_priority")), int64(a.Route.Number("regex_priority"))); by != 0 {
			return by
		}
	}
	written := func(r *route2) int {
		if r.path == nil {
			return 0
		}
		return r.path.written
	}
	return cmp.Or(cmp.Compare(written(b), written(a)), cmp.Compare(createdAt(a), createdAt(b)))
}
