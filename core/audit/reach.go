package audit

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// reach is what the audit knows of the requests that an entry forwards to a route.
type reach struct {
	found bool
	path  string // one that a client can send
	err   error  // why the audit cannot tell; found is false then
}

// target is a route with its paths.
type target struct {
	Route
	paths   language
	matches *regexp.Regexp
	prefix  string // each of the paths begins with it
	takes   bool   // it has no condition, so it takes its paths from routes with more paths
}

func newTarget(r Route) *target {
	expression := routeExpression(cmp.Or(r.paths, r.Path))
	if r.folded {
		expression = strings.TrimSuffix(strings.TrimSuffix(expression, "$"), "/")
		if rest, ok := strings.CutSuffix(expression, "/"+anything); ok { // Fiber has such a route without its slash, too
			expression = rest + "(?:/" + anything + ")?"
		}
		expression = "(?i)" + expression + "/?$"
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		re = regexp.MustCompile(`[^\s\S]`) // as known
	}
	prefix, _ := re.LiteralPrefix()
	path := cmp.Or(r.paths, r.Path)
	conditional := strings.Contains(path, "<") || strings.Contains(path, "{") && strings.Contains(path, ":")
	return &target{r, known(expression), re, prefix, !conditional}
}

// precedes reports whether t serves the path, which u has, in place of u, in the requests of the entry: routers take the route
// whose paths are fewer, or that is for one host alone. If in doubt, it returns false, and then both routes count as reached.
func (t *target) precedes(u *target, e *entry, path string) bool {
	switch {
	case !t.takes, u.first > 0 && u.first <= t.last, t.Method != "" && t.Method != u.Method:
		return false
	case !strings.HasPrefix(path, t.prefix), !t.matches.MatchString(path):
		return false
	case t.Host != u.Host:
		return u.Host == "" && e.onlyHost(t.Route)
	}
	_, other, err1 := common([]language{t.paths}, u.paths)
	_, more, err2 := common([]language{u.paths}, t.paths)
	return !other && more && err1 == nil && err2 == nil
}

// reach returns whether a request reaches the route if the gateway takes the given paths of the entry.
func (c *comparison) reach(e *entry, t *target, paths language) reach {
	if !e.meets(t.Route) {
		return reach{}
	}
	if e.err != nil {
		return reach{err: e.err}
	}
	if !e.StripPath && !strings.HasPrefix(t.prefix, e.prefix) && !strings.HasPrefix(e.prefix, t.prefix) {
		return reach{} // most pairs end here, at less cost than a comparison
	}
	in := []language{t.paths}
	if !e.StripPath {
		in = append(in, paths)
	}
	var taken []language // by other routes, or by other paths of the gateway
	for {
		path, found, err := common(in, taken...)
		if !found || err != nil {
			return reach{err: err}
		}
		if i := slices.IndexFunc(c.targets, func(u *target) bool { return u != t && u.precedes(t, e, path) }); i >= 0 {
			taken = append(taken, c.targets[i].paths)
			continue
		}
		r := e.sends(t, path)
		other := c.rival(e, t, r)
		switch {
		case other == nil:
			return r
		case e.StripPath || other.err != nil || !other.wins(e):
			return reach{err: errOverlap}
		}
		taken = append(taken, other.all)
	}
}

var (
	errStripped = errors.New("StripPath removes what a regular expression matches, which depends on the request; publish a " +
		"prefix in its place")
	errOverlap = errors.New("its paths overlap with those of another path of the gateway, and the two hand different paths to " +
		"the service; publish paths that do not overlap")
)

// sends returns what a client sends to have the gateway hand the path to the service.
func (e *entry) sends(t *target, path string) reach {
	switch {
	case !e.StripPath:
		return reach{found: true, path: path}
	case e.regex == "":
		return reach{found: true, path: strings.TrimSuffix(e.path, "/") + path}
	}
	if sent, ok := e.before(t, path); ok {
		return reach{found: true, path: sent}
	}
	return e.onlyRoot()
}

// rival returns an entry that the gateway may take in place of e for the same request, and that hands on another path.
func (c *comparison) rival(e *entry, t *target, r reach) *entry {
	for _, other := range slices.Concat(c.published...) {
		differs := other != e && (e.StripPath || other.StripPath)
		if r.found && differs && other.meets(t.Route) && other.takes(r.path) && !e.wins(other) {
			return other
		}
	}
	return nil
}

// before returns a path that a client sends, so that the route gets the given one, or another of its paths, behind the match of
// the regular expression.
func (e *entry) before(t *target, path string) (string, bool) {
	re, err := regexp.Compile("^" + e.regex)
	matched, found, err2 := common([]language{e.all})
	if err != nil || err2 != nil || !found {
		return "", false
	}
	for _, sent := range []string{strings.TrimSuffix(matched, "/") + path, matched + path, matched} {
		if at := re.FindStringIndex(sent); at != nil {
			if t.matches.MatchString("/" + strings.TrimPrefix(sent[at[1]:], "/")) {
				return sent, true
			}
		}
	}
	return "", false
}

// onlyRoot returns the answer for a regular expression with no path before the route: the service sees nothing but the root if
// the expression always strips all, and otherwise the audit cannot tell.
func (e *entry) onlyRoot() reach {
	whole, err := newLanguage("^" + e.regex + something)
	if err != nil {
		return reach{err: err}
	}
	if _, more, err := common([]language{whole}); more || err != nil {
		return reach{err: errStripped}
	}
	return reach{}
}

// takes reports whether the entry may forward the path.
func (e *entry) takes(path string) bool {
	if e.regex == "" {
		return strings.HasPrefix(path, plain(e.path))
	}
	re, err := regexp.Compile("^" + e.regex)
	return err != nil || re.MatchString(path)
}

// wins reports whether the gateway takes e in place of other for each path of both: both are for the same requests, and e is a
// regular expression or the longer prefix.
func (e *entry) wins(other *entry) bool {
	return slices.Equal(e.Hosts, other.Hosts) && slices.Equal(e.Methods, other.Methods) && other.regex == "" &&
		(e.regex != "" || len(e.path) > len(other.path))
}
