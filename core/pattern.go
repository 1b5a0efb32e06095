package core

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// pattern is one entry of [PublicRoutes].
type pattern struct {
	method   string // empty: any
	literal  string // the whole path, where the pattern has no wildcard
	segments []string
	slash    bool // it ends with a slash, and so does each path that it matches
}

func parsePattern(text string) (pattern, error) {
	method, path, found := strings.Cut(text, " ")
	if !found {
		method, path = "", text
	}
	if found && !isMethod(method) {
		return pattern{}, fmt.Errorf("pattern %q: %q is not a method in capitals", text, method)
	}
	if !strings.HasPrefix(path, "/") {
		return pattern{}, fmt.Errorf("pattern %q can match no path: it must begin with /", text)
	}
	p := pattern{method: method}
	if !strings.Contains(path, "*") {
		p.literal = path
	}
	if path == "/" {
		return p, nil
	}
	path, p.slash = strings.CutSuffix(path, "/")
	p.segments = strings.Split(path[1:], "/")
	if err := checkSegments(p.segments); err != nil {
		return pattern{}, fmt.Errorf("pattern %q can match no path: %w", text, err)
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
		return errors.New("it may have one ** only")
	}
	return nil
}

// isParameter knows how routers write what stands for any text: :id, {id}, {rest...}, *rest, +.
func isParameter(segment string) bool {
	noName := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	return segment[0] == ':' || segment[0] == '{' || segment == "+" ||
		segment[0] == '*' && strings.IndexFunc(segment[1:], noName) < 0
}

// pathChars may stand unescaped in a path segment (RFC 3986, section 3.3), but for `*`, which is ours.
const pathChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()+,;=:@"

// instead is what to do about a segment that clients write in several ways.
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
			return fmt.Errorf("a path that is sent has no plain %q: patterns are not regular expressions, and have no wildcards "+
				"but * and **", r)
		}
	}
	return nil
}

// match compares with the path as the router saw it. The caller has found it well-formed.
func (p *pattern) match(method, path string) bool {
	if p.method != "" && p.method != method && (p.method != "GET" || method != "HEAD") {
		return false
	}
	if path == "" {
		path = "/"
	}
	if p.literal != "" {
		return path == p.literal
	}
	path, slash := strings.CutSuffix(path, "/")
	return path != "" && slash == p.slash && matchSegments(p.segments, path[1:])
}

// matchSegments is linear: there is at most one `**`, so nothing is tried twice.
func matchSegments(pattern []string, path string) bool {
	for i, want := range pattern {
		if want == "**" {
			return matchDeep(len(pattern)-i-1, pattern[i+1:], path)
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

// matchDeep lets `**` take all segments but the last tail ones, and at least one.
func matchDeep(tail int, pattern []string, path string) bool {
	n := strings.Count(path, "/") + 1
	if n <= tail || path == "" {
		return false
	}
	for range n - tail {
		_, path, _ = strings.Cut(path, "/")
	}
	return tail == 0 || matchSegments(pattern, path)
}
