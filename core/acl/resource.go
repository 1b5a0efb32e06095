package acl

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/path"
)

// resource is a set of paths. That of a policy that allows is compared with a path as it was sent. That of a policy that denies
// is folded and decoded, and is compared with a path in that form. If it has a regular expression, it is also compared with the
// path before it was folded: without case, <[^A-Z]+> matches no letter at all.
type resource struct {
	parts []part         // what matches: literal text and the wildcards below
	regex *regexp.Regexp // nil if parts suffice
	cased *regexp.Regexp // of a policy that denies: the pattern with its case; nil if parts suffice
}

// The regular expressions that need no engine. The last two do so only at the end of a pattern.
const (
	anySegment = "[^/]+"
	anything   = ".*"
	something  = ".+"
)

// newResource reads a pattern of a policy that allows.
func newResource(pattern string) (resource, error) {
	parts, err := split(pattern)
	if err == nil {
		err = checkResource(parts)
	}
	if err == nil {
		err = checkSent(parts)
	}
	if err != nil {
		return resource{}, fmt.Errorf("%q: %w", pattern, err)
	}
	return makeResource(parts, "")
}

// newFoldedResources reads a pattern of a policy that denies. A trailing slash makes no difference: if the pattern matches a path
// with one, another resource in the result matches the path without it.
func newFoldedResources(pattern string) (all []resource, err error) {
	parts, err := split(pattern)
	if err == nil {
		err = checkResource(parts)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", pattern, err)
	}
	for i := range parts {
		if err := checkEscapes(parts[i]); err != nil {
			return nil, fmt.Errorf("%q: %w", pattern, err)
		}
		if !parts[i].isRegex {
			parts[i].text = decode(parts[i].text)
		}
	}
	for _, parts := range [][]part{withoutSlash(parts), beforeTail(parts)} {
		if len(parts) == 0 {
			continue
		}
		r, err := makeFoldedResource(parts)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", pattern, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// makeFoldedResource makes a resource of decoded parts.
func makeFoldedResource(parts []part) (resource, error) {
	folded := slices.Clone(parts)
	for i := range folded {
		if !folded[i].isRegex {
			folded[i].text = fold(folded[i].text)
		}
	}
	r, err := makeResource(folded, "(?is)")
	if err == nil && r.regex != nil {
		r.cased, err = compile(parts, "(?s)")
	}
	return r, err
}

// withoutSlash returns parts without a slash at the end, unless that is all.
func withoutSlash(parts []part) []part {
	last := parts[len(parts)-1]
	if last.isRegex || last.text == "/" && len(parts) == 1 || !strings.HasSuffix(last.text, "/") {
		return parts
	}
	parts = slices.Clone(parts)
	if last.text == "/" {
		return parts[:len(parts)-1]
	}
	parts[len(parts)-1].text = strings.TrimSuffix(last.text, "/")
	return parts
}

// beforeTail returns what matches the paths that a pattern matches only with a slash behind them: /a for /a/<.*> and for
// /a<.+>, where the slash is all that the tail matches. It returns nil for other patterns.
func beforeTail(parts []part) []part {
	n := len(parts) - 1
	if n == 0 || !parts[n].isRegex {
		return nil
	}
	endsWithSlash := !parts[n-1].isRegex && strings.HasSuffix(parts[n-1].text, "/")
	switch {
	case parts[n].text == anything && endsWithSlash:
		if n == 1 && parts[0].text == "/" {
			return nil // the root itself has its slash
		}
		return withoutSlash(parts[:n])
	case parts[n].text == something && !endsWithSlash:
		return parts[:n]
	}
	return nil
}

// needsSlash reports whether the resource of a policy that denies may match a path with a slash behind it, and not without.
func (r *resource) needsSlash() bool {
	last := r.parts[len(r.parts)-1]
	if r.regex == nil || !last.isRegex || last.text == anything || last.text == something {
		return false
	}
	return mayMatchSlash(last.text) || regexp.MustCompile(`\A(?:`+last.text+`)\z`).MatchString("")
}

func makeResource(parts []part, flags string) (r resource, err error) {
	r.parts = parts
	for i, p := range parts {
		switch {
		case !p.isRegex:
		case p.text == anySegment && wholeSegment(parts, i):
		case (p.text == anything || p.text == something) && i == len(parts)-1:
		default:
			r.regex, err = compile(parts, flags)
			return r, err
		}
	}
	return r, nil
}

// wholeSegment reports whether the part at i has a slash or an end of the pattern on both sides. Without it, how far the part
// reaches depends on what follows.
func wholeSegment(parts []part, i int) bool {
	return i > 0 && !parts[i-1].isRegex && strings.HasSuffix(parts[i-1].text, "/") &&
		(i == len(parts)-1 || !parts[i+1].isRegex && strings.HasPrefix(parts[i+1].text, "/"))
}

// matches reports whether the resource has a path. For a policy that denies, path is folded, and cased is the same path before
// that.
func (r *resource) matches(path, cased string) bool {
	if r.regex != nil {
		return r.regex.MatchString(path) || r.cased != nil && r.cased.MatchString(cased)
	}
	for _, p := range r.parts {
		switch {
		case !p.isRegex:
			if !strings.HasPrefix(path, p.text) {
				return false
			}
			path = path[len(p.text):]
		case p.text == anySegment:
			end := strings.IndexByte(path, '/')
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return false
			}
			path = path[end:]
		default:
			return path != "" || p.text == anything
		}
	}
	return path == ""
}

// checkResource returns an error for a pattern that can match no path, or not the paths that its author means.
func checkResource(parts []part) error {
	if len(parts) == 0 || !parts[0].isRegex && parts[0].text[0] != '/' {
		return errors.New("matches no path: it must begin with / or <")
	}
	before := byte(0)
	for _, p := range parts {
		if p.isRegex {
			before = '>'
			continue
		}
		for i := range len(p.text) {
			c := p.text[i]
			switch {
			case c == '*':
				return errors.New("* stands for itself: write <[^/]+> for one segment, <.+> for the rest of the path")
			case c == '?' || c == '#':
				return errors.New("the path alone is compared: leave out the query and the fragment")
			case before == '/' && c == '/':
				return errors.New("matches no path: it has an empty segment")
			case before == '/' && (c == ':' || c == '{'):
				return errors.New("the parameter of a router stands for itself: write <[^/]+> for one segment")
			}
			before = c
		}
	}
	return nil
}

var escape = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// checkEscapes returns an error for a part of a policy that denies whose escapes match no decoded path.
func checkEscapes(p part) error {
	found := escape.FindString(p.text)
	switch {
	case p.isRegex && found != "":
		return fmt.Errorf("%q is compared with decoded paths: write the character in place of %s", p.text, found)
	case !p.isRegex && strings.Contains(escape.ReplaceAllString(p.text, ""), "%"):
		return errors.New("a % begins no escape: write %25 for it")
	}
	return nil
}

// checkSent returns an error for literal text that no path has as it is sent.
func checkSent(parts []part) error {
	if len(parts) == 1 && !parts[0].isRegex && strings.IndexByte(parts[0].text, '%') >= 0 && !path.Exact(parts[0].text) {
		return errors.New("matches no path: servers read one of its escapes in different ways")
	}
	for _, p := range parts {
		for _, c := range p.text {
			if !p.isRegex && (c <= ' ' || c > '~') {
				return fmt.Errorf("%q is sent escaped, in more than one spelling: write <[^/]+> for its segment", c)
			}
		}
	}
	return nil
}
