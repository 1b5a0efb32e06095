package path

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Pattern stands for a set of paths, and for one method or all. It is anchored at both ends. Its segments are literal, `*` for
// one segment that is not empty, or `**` for one or more; there is at most one `**`. The zero value matches nothing.
type Pattern struct {
	method   string // empty: any
	literal  string // the whole path, if the pattern has no wildcard
	segments []string
	slash    bool // the pattern ends with a slash, and so does each path that it matches
}

// Parse reads a pattern such as "/docs/**" or "GET /docs/*". The error names what keeps the pattern from matching any
// well-formed path.
func Parse(text string) (Pattern, error) {
	method, path, found := strings.Cut(text, " ")
	if !found {
		method, path = "", text
	}
	if found && !isMethod(method) {
		return Pattern{}, fmt.Errorf("pattern %q: %q is not a method in capitals", text, method)
	}
	if !strings.HasPrefix(path, "/") {
		return Pattern{}, fmt.Errorf("pattern %q matches no path: it must begin with /", text)
	}
	p := Pattern{method: method}
	if !strings.Contains(path, "*") {
		p.literal = path
	}
	if path == "/" {
		return p, nil
	}
	path, p.slash = strings.CutSuffix(path, "/")
	p.segments = strings.Split(path[1:], "/")
	if err := checkSegments(p.segments); err != nil {
		return Pattern{}, fmt.Errorf("pattern %q matches no path: %w", text, err)
	}
	return p, nil
}

func isMethod(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

func checkSegments(segments []string) error {
	deep := 0
	for _, s := range segments {
		switch {
		case s == "**":
			deep++
		case s == "*":
		case s == "":
			return errors.New("it has an empty segment")
		case s == "." || s == "..":
			return errors.New("a path with dot segments is refused before any pattern")
		case isParameter(s):
			return fmt.Errorf("%q is a parameter to a router and literal text here: use * for one segment, ** for one or more", s)
		case strings.Contains(s, "*"):
			return errors.New("* and ** stand for whole segments")
		default:
			if err := checkLiteral(s); err != nil {
				return err
			}
		}
	}
	if deep > 1 {
		return errors.New("it has more than one **")
	}
	return nil
}

// isParameter reports whether segment is a placeholder in the language of a router: :id, {id}, {rest...}, *rest, +.
func isParameter(segment string) bool {
	notInName := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	return segment[0] == ':' || segment[0] == '{' || segment == "+" ||
		segment[0] == '*' && strings.IndexFunc(segment[1:], notInName) < 0
}

// pathChars are the characters that a path segment may have unescaped (RFC 3986, section 3.3), except `*`, which is a wildcard
// here.
const pathChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()+,;=:@"

// instead tells a user what to do about a segment that clients write in several ways.
const instead = "use * for its segment, or mark the route itself with the adapter's Public"

func checkLiteral(segment string) error {
	for _, r := range segment {
		switch {
		case r > 0x7e:
			return fmt.Errorf("%q is sent escaped, in more than one spelling: %s", r, instead)
		case r == '%':
			return errors.New("an escape has more than one spelling: " + instead)
		case r == '?' || r == '#':
			return errors.New("a pattern is compared with the path alone: leave out the query and the fragment")
		case !strings.ContainsRune(pathChars, r):
			return fmt.Errorf("%q is not allowed in a path unescaped (RFC 3986, section 3.3): patterns are not regular "+
				"expressions; their wildcards are * and **", r)
		}
	}
	return nil
}

// MatchExact reports whether the pattern matches a request with that method and path. It is the comparison for rules that allow:
// case, escapes and a trailing slash make a difference, and a path that is not well-formed or has an escape that servers read in
// different ways matches nothing, whatever the pattern. A pattern for GET also matches HEAD. The
// empty path counts as "/".
//
// A rule that denies must not use it: another spelling of the same path would escape the rule. Such a rule compares decoded paths
// without case and without a trailing slash, in a method of its own.
func (p *Pattern) MatchExact(method, path string) bool {
	if p.method != "" && p.method != method && (p.method != "GET" || method != "HEAD") {
		return false
	}
	if path == "" {
		path = "/"
	}
	return p.match(path) && Exact(path)
}

// match compares the path alone, byte by byte.
func (p *Pattern) match(path string) bool {
	if p.literal != "" {
		return path == p.literal
	}
	path, slash := strings.CutSuffix(path, "/")
	return path != "" && slash == p.slash && matchSegments(p.segments, path[1:])
}

// matchSegments compares path, which has no slash at its ends. It takes linear time, since a pattern has at most one `**`.
func matchSegments(pattern []string, path string) bool {
	for i, want := range pattern {
		if want == "**" {
			return matchDeep(pattern[i+1:], path)
		}
		segment, rest, more := strings.Cut(path, "/")
		if segment == "" || want != "*" && want != segment {
			return false
		}
		if i == len(pattern)-1 {
			return !more
		}
		if !more {
			return false
		}
		path = rest
	}
	return false
}

// matchDeep compares path with a `**` and the tail of the pattern behind it. The `**` stands for all segments but as many as tail
// has, and for at least one.
func matchDeep(tail []string, path string) bool {
	deep := strings.Count(path, "/") + 1 - len(tail)
	if deep < 1 || path == "" {
		return false
	}
	for range deep {
		_, path, _ = strings.Cut(path, "/")
	}
	return len(tail) == 0 || matchSegments(tail, path)
}
