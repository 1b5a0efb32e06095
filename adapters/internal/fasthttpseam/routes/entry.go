package routes

import (
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// entry is an Entry with what its path says.
type entry struct {
	Entry
	mounts   []int // the places of the mounts that it is in, the outermost first
	key      string
	segments []string
	guards   []*core.SecurityChain // those that a request has passed when the last handler calls Next
}

func (e *entry) prepare(a *App) {
	e.key, e.guards = a.routed(e.Path), nil
	if e.Star {
		e.key = "/*"
	}
	e.segments = nil
	if e.key != "/" {
		e.segments = strings.Split(strings.TrimPrefix(e.key, "/"), "/")
	}
	for _, h := range e.Handlers {
		e.guards = append(e.guards, h.guards()...)
	}
}

// covers reports whether each request that gets to e has passed g, which is in front of it. It decides on paths whose segments
// are literal or one parameter each. For any other, and if in doubt, it returns false: then the guards of g do not count for e.
//
// A mounted app guards only its own routes, since an app that is mounted too late never runs.
func (g *entry) covers(e *entry) bool {
	n := len(g.mounts)
	switch {
	case len(g.guards) == 0, g.key == "", e.key == "", n > len(e.mounts), !slices.Equal(g.mounts, e.mounts[:n]):
		return false
	case g.Star:
		return true
	case hasParams(g.key) && !g.Params: // Fiber compares ":" itself, such as that of a mount's prefix
		return false
	case g.key == e.key:
		return (g.Use || !e.Use) && g.Params == e.Params
	case g.key == "/*":
		return true
	}
	return g.contains(e)
}

// contains reports whether the path of g matches each path that e matches.
func (g *entry) contains(e *entry) bool {
	segments := g.segments
	n := len(segments)
	last := ""
	if n > 0 {
		last = segments[n-1]
	}
	switch {
	case last == "*", last == "" && n > 0 && g.Use: // "/a/*" is not always for "/a", and "/a/" never is
		n--
		if len(e.segments) <= n || !one(e.segments[n]) {
			return false
		}
	case g.Use:
		if len(e.segments) < n {
			return false
		}
	case e.Use || len(e.segments) != n:
		return false
	}
	for i, s := range segments[:n] {
		if !includes(s, e.segments[i]) {
			return false
		}
	}
	return true
}

var (
	parameter = regexp.MustCompile(`^:\w+$`)
	// Fiber reads a constraint with other characters in ways that depend on what follows.
	constrained = regexp.MustCompile(`^:\w+<[\w(),;]*>$`)
)

// includes reports whether the segment g of a path matches each text that the segment e matches.
func includes(g, e string) bool {
	if parameter.MatchString(g) {
		return one(e)
	}
	return g != "" && g == e && (!hasParams(g) || constrained.MatchString(g))
}

// one reports whether a segment always stands for one segment that is not empty.
func one(segment string) bool {
	return segment != "" && (!hasParams(segment) || parameter.MatchString(segment) || constrained.MatchString(segment))
}

// hasParams reports whether a path has characters with a meaning of their own.
func hasParams(path string) bool { return strings.ContainsAny(path, `:*+?<>\`) }

// shown returns the path for a report.
func (e *entry) shown() string {
	switch {
	case !e.Use:
		return e.Path
	case e.Star:
		return "/*"
	}
	return strings.TrimSuffix(strings.TrimRight(e.Path, "/"), "/*") + "/*"
}

// matched returns a pattern for each path that e is for. An asterisk is for everything that may follow.
func (e *entry) matched() string {
	for i, s := range e.segments {
		switch {
		case s == "" && i == len(e.segments)-1:
		case !one(s):
			return "/" + strings.Join(append(slices.Clip(e.segments[:i]), "*"), "/")
		}
	}
	switch {
	case !e.Use:
		return e.key
	case e.key == "/":
		return "/*"
	}
	return e.key + "*" // Fiber v2 compares beginnings: "/a" is for "/abc", too
}
