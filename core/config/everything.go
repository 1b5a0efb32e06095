package config

import (
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// Probes are paths that have nothing in common: 26 of one segment, of two and of three. Their segments are words of 3 to 12
// letters. No two of one depth begin with the same letter.
const (
	letters   = "abcdefghijklmnopqrstuvwxyz"
	maxProbed = 3
)

// probe returns the path of a depth whose first word begins with letters[i].
func probe(depth, i int) string {
	var path strings.Builder
	for segment := range depth {
		word := i + 3*segment
		path.WriteByte('/')
		for k := range 3 + word%10 {
			path.WriteByte(letters[(word+7*k)%len(letters)])
		}
	}
	return path.String()
}

// coverage tells which probes the patterns match, by depth.
type coverage [maxProbed][len(letters)]bool

// add adds the probes below a prefix that a pattern matches.
func (c *coverage) add(prefix string, whole *regexp.Regexp) {
	for depth := range c {
		for i := range c[depth] {
			c[depth][i] = c[depth][i] || whole.MatchString(prefix+probe(depth+1, i))
		}
	}
}

func (c *coverage) addAll(other *coverage) {
	for depth := range c {
		for i := range c[depth] {
			c[depth][i] = c[depth][i] || other[depth][i]
		}
	}
}

// depths returns the number of depths of which the patterns match a quarter of the probes or more. A pattern with a name in it
// matches none. One that leaves out some names or characters, such as /[^b]*, matches most.
func (c *coverage) depths() (n int) {
	for _, probes := range c {
		matched := 0
		for _, is := range probes {
			if is {
				matched++
			}
		}
		if 4*matched >= len(probes) {
			n++
		}
	}
	return n
}

// isEverything reports whether the patterns match paths that have nothing in common, not even the number of their segments.
func (c *coverage) isEverything() bool { return c.depths() > 1 }

// opensService reports whether the patterns open what is below each of the paths that the gateway sends to the service.
func (p *publicPaths) opensService(paths []string) bool {
	for _, path := range paths {
		var below coverage
		for _, whole := range p.expressions {
			below.add(strings.TrimSuffix(path, "/"), whole)
		}
		if below.depths() < maxProbed {
			return false
		}
	}
	return len(paths) > 0
}

// warnOpenService warns of patterns that leave nothing to protect.
func (s *settings) warnOpenService(list *jsonfile.Node, paths []string, w *warner) {
	if s.public.opensService(paths) {
		w.warn(list, "opens every path below service.paths: what the gateway sends there needs no token")
	}
}
