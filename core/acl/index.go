package acl

import (
	"slices"
	"strings"
)

// index finds the rules whose resource may match a path: a tree of segments. A path leads to few rules, whose resources are then
// compared with it. The zero value is empty.
type index struct {
	root  indexNode
	slash bool // a rule may match a path only with a slash behind it
	size  int
}

// indexNode is what the rules below it have in common: the segments on the way to it.
type indexNode struct {
	here  bucket                // patterns that end with the segment before
	child map[string]*indexNode // by a literal segment
	wild  affixes[indexNode]    // by the literal beginning of a segment with a regular expression in it
	deep  affixes[tails]        // by the literal beginning of the segment in which a regular expression may match a slash
}

// tails has patterns by the literal text at their end or, without any, by a literal segment between their regular expressions.
type tails struct {
	affixes[bucket]
	inner map[string]*bucket
}

// affixes is a map whose keys are beginnings, or ends, of the text that is looked up.
type affixes[T any] struct {
	lengths []int // of the keys
	by      map[string]*T
}

func (a *affixes[T]) at(key string) *T {
	if a.by == nil {
		a.by = map[string]*T{}
	}
	if a.by[key] == nil {
		a.by[key] = new(T)
		if i, found := slices.BinarySearch(a.lengths, len(key)); !found {
			a.lengths = slices.Insert(a.lengths, i, len(key))
		}
	}
	return a.by[key]
}

// add adds a rule to the index.
func (x *index) add(r *rule) {
	x.size++
	x.slash = x.slash || r.resource.needsSlash()
	x.place(r.resource.parts).add(r)
}

// place returns the bucket for a resource with these parts.
func (x *index) place(parts []part) *bucket {
	n := &x.root
	if parts[0].isRegex {
		return n.deep.at("").place(parts)
	}
	begin, isWild := "", false // of the segment so far
	for i, p := range parts {
		if p.isRegex {
			if mayMatchSlash(p.text) {
				return n.deep.at(begin).place(parts[i:])
			}
			isWild = true
			continue
		}
		text := p.text
		if i == 0 {
			text = text[1:]
		}
		for {
			segment, rest, more := strings.Cut(text, "/")
			if !isWild {
				begin += segment
			}
			if !more {
				break
			}
			n = n.next(begin, isWild)
			begin, isWild, text = "", false, rest
		}
	}
	return &n.next(begin, isWild).here
}

// place returns the bucket for a resource that ends with these parts.
func (t *tails) place(parts []part) *bucket {
	if last := parts[len(parts)-1]; !last.isRegex {
		return t.at(last.text)
	}
	for _, p := range parts {
		if p.isRegex {
			continue
		}
		if segments := strings.Split(p.text, "/"); len(segments) > 2 { // the first and the last may go on in a regular expression
			if t.inner == nil {
				t.inner = map[string]*bucket{}
			}
			if t.inner[segments[1]] == nil {
				t.inner[segments[1]] = &bucket{}
			}
			return t.inner[segments[1]]
		}
	}
	return t.at("")
}

// next returns the node behind a segment.
func (n *indexNode) next(begin string, isWild bool) *indexNode {
	if isWild {
		return n.wild.at(begin)
	}
	if n.child == nil {
		n.child = map[string]*indexNode{}
	}
	if n.child[begin] == nil {
		n.child[begin] = &indexNode{}
	}
	return n.child[begin]
}

// find returns the first of the rules for path that apply, or best if that one is earlier.
func (x *index) find(c *call, path string, best *rule) *rule {
	if x.size == 0 || path == "" {
		return best
	}
	return x.root.find(c, path, path[1:], best)
}

// find looks for rules below n. rest is the part of path that follows the segments on the way to n.
func (n *indexNode) find(c *call, path, rest string, best *rule) *rule {
	for _, length := range n.deep.lengths {
		if length > len(rest) {
			break
		}
		if t := n.deep.by[rest[:length]]; t != nil {
			best = t.find(c, path, best)
		}
	}
	segment, rest, more := strings.Cut(rest, "/")
	if next := n.child[segment]; next != nil {
		best = next.step(c, path, rest, more, best)
	}
	for _, length := range n.wild.lengths {
		if length > len(segment) {
			break
		}
		if next := n.wild.by[segment[:length]]; next != nil {
			best = next.step(c, path, rest, more, best)
		}
	}
	return best
}

// step looks for rules in n, behind a segment that is followed by more of them or is the last one.
func (n *indexNode) step(c *call, path, rest string, more bool, best *rule) *rule {
	if more {
		return n.find(c, path, rest, best)
	}
	return n.here.find(c, path, best)
}

func (t *tails) find(c *call, path string, best *rule) *rule {
	for _, length := range t.lengths {
		if length > len(path) {
			break
		}
		if b := t.by[path[len(path)-length:]]; b != nil {
			best = b.find(c, path, best)
		}
	}
	if t.inner == nil {
		return best
	}
	for segment := range strings.SplitSeq(path, "/") {
		if b := t.inner[segment]; b != nil {
			best = b.find(c, path, best)
		}
	}
	return best
}
