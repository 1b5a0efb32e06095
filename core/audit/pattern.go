package audit

import (
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/path"
)

// opens returns what a pattern of core.PublicRoutes leaves of a guarded route: Public if it opens all of the route, Partly if it
// may open a part, and Guarded if it opens nothing. A folded route serves its path in any case, with and without a slash at its
// end, of which the pattern opens one form.
func opens(pattern, method, route string, folded bool) Decision {
	want, text, limited := strings.Cut(pattern, " ")
	if !limited {
		want, text = "", pattern
	}
	all := true // the pattern is for each method of the route
	switch {
	case want == "" || want == method || want == "GET" && method == "HEAD":
	case method == "", want == "HEAD" && method == "GET": // a route for GET may serve HEAD, too
		all = false
	default:
		return Guarded
	}
	folded = folded && route != "/" // the root has one form
	if folded {
		text, route = fold(text), fold(route)
	} else if !strings.ContainsAny(route, ":*+?{}") {
		p, err := path.Parse(text) // without a method, which was compared
		switch {
		case err != nil:
			return Guarded
		case p.MatchExact(method, route) && all:
			return Public
		case p.MatchExact(method, route), p.MatchExact(method, plain(route)): // net/http serves /a for the pattern /%61
			return Partly
		}
		return Guarded
	}
	if meet(text, route) {
		return Partly
	}
	return Guarded
}

func fold(path string) string { return strings.ToLower(strings.TrimRight(path, "/")) }

// meet reports whether a path may match a pattern and a route with parameters. If in doubt, it returns true, since a route that
// is partly public must not be reported as guarded: some routers let a parameter be empty, let a wildcard stand for its slash,
// too, and read a plus sign anywhere as a wildcard.
func meet(pattern, route string) bool {
	expression := strings.NewReplacer(oneSegment, `[^/]*`, `\+`, something).Replace(routeExpression(route))
	if rest, ok := strings.CutSuffix(expression, "/"+anything+"$"); ok {
		expression = rest + "(?:/" + anything + ")?$"
	}
	_, found, err := common([]language{known(patternExpression(pattern)), known(expression)})
	return found || err != nil
}
