package config

import (
	"context"
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
	"github.com/microkubes/microkubes-go/core/internal/path"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// publicPaths are the paths that need no token. Literal ones are patterns of core.PublicRoutes, which audits know.
type publicPaths struct {
	literal     []string
	expressions []*regexp.Regexp
}

// maxPattern is the maximum length of a pattern in bytes. A request is compared with each, in time that grows with the length.
const maxPattern = 1024

// public reads ignorePatterns.
func (c *checker) public(list *jsonfile.Node, s *settings, w *warner) {
	var all coverage
	for _, m := range list.Members {
		pattern, _ := m.Node.Text()
		if len(pattern) > maxPattern {
			c.fail(m.Node, "is longer than %d bytes: write several patterns", maxPattern)
			continue
		}
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			c.fail(m.Node, "is not a regular expression (RE2): %s", faultOf(err))
			continue
		}
		whole, err := regexp.Compile(`\A(?:` + parsed.String() + `)\z`) // not of pattern, whose \Q may quote what follows
		if err != nil {
			c.fail(m.Node, "is too large when it is anchored")
			continue
		}
		var matched coverage
		matched.add("", whole)
		if fault := checkPattern(parsed, whole, &matched); fault != "" {
			c.fail(m.Node, "%s", fault)
			continue
		}
		if all.addAll(&matched); all.isEverything() {
			c.fail(m.Node, "matches, with the patterns before it, every path or nearly every path: %s", instead)
			return
		}
		if matched.depths() > 0 {
			w.warn(m.Node, "matches every path with some number of segments, or nearly every one: name what needs no token")
		}
		s.public.add(parsed, whole)
		if !anchoredAt(parsed, first) || !anchoredAt(parsed, last) {
			w.warn(m.Node, "matches whole paths only: in the original it opened every path with a match in it. "+
				"Write ^ and $ around it if whole paths are meant")
		}
	}
}

const instead = "name those that need no token, or write \"disable\": true to open the service"

// checkPattern returns why an expression, which whole anchors, opens everything or nothing, or "".
func checkPattern(parsed *syntax.Regexp, whole *regexp.Regexp, matched *coverage) string {
	switch literals := literalsOf(parsed); {
	case matched.isEverything():
		return "matches every path or nearly every path: " + instead
	case !mayMatchPath(whole):
		return "matches no path: a path begins with /"
	case strings.Contains(literals, "/:") || strings.ContainsAny(literals, "{}"):
		return "the parameter of a router stands for itself: write [^/]+ for one segment"
	case strings.ContainsAny(literals, "?#"):
		return "the path alone is compared: leave out the query and the fragment"
	case strings.IndexFunc(literals, isEscaped) >= 0:
		return "has a character that is sent escaped, and a path is compared as it is sent: write [^/]+ for its segment"
	}
	return ""
}

// isEscaped reports whether a character cannot be in a path as it is (RFC 3986, section 3.3).
func isEscaped(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>[\\]^`|", r) }

// literalsOf returns the literal texts in an expression, one after the other.
func literalsOf(re *syntax.Regexp) string {
	if re.Op == syntax.OpLiteral {
		return string(re.Rune)
	}
	var all strings.Builder
	for _, sub := range re.Sub {
		all.WriteString(literalsOf(sub))
	}
	return all.String()
}

// faultOf returns what is wrong with an expression, without the expression.
func faultOf(err error) string {
	var e *syntax.Error
	if errors.As(err, &e) {
		return e.Code.String()
	}
	return "it cannot be read"
}

// add adds an expression, which whole anchors at both ends.
func (p *publicPaths) add(parsed *syntax.Regexp, whole *regexp.Regexp) {
	if text, ok := literalOf(parsed); ok {
		if _, err := path.Parse(text); err == nil && !strings.Contains(text, "*") {
			p.literal = append(p.literal, text)
			return
		}
	}
	p.expressions = append(p.expressions, whole)
}

// literalOf returns the only text that an anchored expression matches, and reports whether there is one.
func literalOf(re *syntax.Regexp) (string, bool) {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	text := ""
	for i, p := range parts {
		switch {
		case p.Op == syntax.OpLiteral && p.Flags&syntax.FoldCase == 0:
			text += string(p.Rune)
		case p.Op == syntax.OpBeginText && i == 0, p.Op == syntax.OpEndText && i == len(parts)-1:
		default:
			return "", false
		}
	}
	return text, text != ""
}

// mayMatchPath reports whether the literal text that an expression begins with is that of a path.
func mayMatchPath(re *regexp.Regexp) bool {
	begins, complete := re.LiteralPrefix()
	return strings.HasPrefix(begins, "/") || begins == "" && !complete
}

// An end of an expression: the index of the part there, of some parts.
type end func(parts []*syntax.Regexp) int

func first([]*syntax.Regexp) int      { return 0 }
func last(parts []*syntax.Regexp) int { return len(parts) - 1 }

// anchoredAt reports whether an anchor at an end of re would change nothing. It may err towards false.
func anchoredAt(re *syntax.Regexp, at end) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return at(make([]*syntax.Regexp, 2)) == 0
	case syntax.OpEndText:
		return at(make([]*syntax.Regexp, 2)) == 1
	case syntax.OpStar:
		return re.Sub[0].Op == syntax.OpAnyChar || re.Sub[0].Op == syntax.OpAnyCharNotNL
	case syntax.OpPlus: // more of the same fits, too
		return re.Sub[0].Op == syntax.OpAnyChar || re.Sub[0].Op == syntax.OpAnyCharNotNL
	case syntax.OpCapture:
		return anchoredAt(re.Sub[0], at)
	case syntax.OpConcat:
		return anchoredAt(re.Sub[at(re.Sub)], at)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !anchoredAt(sub, at) })
	}
	return false
}

// public lets requests pass whose path an expression matches. It compares as core.PublicRoutes does: a path that is not
// well-formed, or has an escape that servers read in different ways, matches nothing.
type public struct{ expressions []*regexp.Regexp }

func (p *public) Name() string    { return "public" }
func (p *public) Seal() seal.Seal { return seal.Of(p) }

// Provide implements core.Provider.
func (p *public) Provide(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
	sent := req.RoutePath()
	if sent == "" {
		sent = "/"
	}
	matches := func(re *regexp.Regexp) bool { return re.MatchString(sent) }
	if path.Exact(sent) && slices.ContainsFunc(p.expressions, matches) {
		return core.BreakChain
	}
	return nil
}

// preflight lets CORS preflights pass, which browsers send without credentials (Fetch standard, CORS-preflight fetch).
type preflight struct{}

func (p *preflight) Name() string    { return "preflight" }
func (p *preflight) Seal() seal.Seal { return seal.Of(p) }

// Provide implements core.Provider.
func (p *preflight) Provide(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
	if req.Method() != "OPTIONS" {
		return nil
	}
	lines := func(name string) int {
		_, count := req.Header(name)
		return count
	}
	if lines("Origin") == 1 && lines("Access-Control-Request-Method") == 1 && lines("Authorization") == 0 {
		return core.BreakChain
	}
	return nil
}

// open lets every request pass.
type open struct{}

func (o *open) Name() string    { return "disabled" }
func (o *open) Seal() seal.Seal { return seal.Of(o) }

// Provide implements core.Provider.
func (o *open) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	return core.BreakChain
}
