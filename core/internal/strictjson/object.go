// Package strictjson reads JSON objects the way a verifier must: names compared exactly, no name twice at any depth,
// valid UTF-8, no lone surrogate, nothing after the object. encoding/json lets all of these pass (it folds case and
// takes the last duplicate), so two readers of one token can see two different tokens.
package strictjson

import (
	"errors"
	"slices"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest (RFC 8259, section 9 lets a parser set it).
const MaxDepth = 32

// ErrSyntax is the only error of this package: a reader that refuses does not say where.
var ErrSyntax = errors.New("not a strict JSON object")

// Object calls member for each member of the object in data, in order, with the decoded name and the text of the value.
// It stops at the first error. What member was told before an error is not to be used. Names and values are parts of data
// wherever they can be, so reading one costs no allocation, and keeping one keeps data.
func Object(data string, member func(name, value string) error) error {
	if !utf8.ValidString(data) {
		return ErrSyntax
	}
	s := scanner{data: data}
	s.space()
	if err := s.object(1, member); err != nil {
		return err
	}
	if s.space(); s.pos != len(s.data) {
		return ErrSyntax
	}
	return nil
}

type scanner struct {
	data string
	pos  int
	lax  bool // a name may be there twice
}

// peek is the next byte, 0 at the end: no JSON token begins with NUL.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.pos >= len(s.data) {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// First is the text of the first member of that name, for a look at an object of which nobody knows yet whether it is a good
// one: names may be there twice, and what stands behind that member is not looked at. It is empty where there is none.
func First(data, name string) (value string) {
	s := scanner{data: data, lax: true}
	s.space()
	_ = s.object(1, func(n, v string) error {
		if n != name {
			return nil
		}
		value = v
		return errFound
	})
	return value
}

var errFound = errors.New("found")

func (s *scanner) object(depth int, member func(name, value string) error) error {
	if depth > MaxDepth || !s.take('{') {
		return ErrSyntax
	}
	var seen names
	s.space()
	for first := true; !s.take('}'); first = false {
		if !first {
			if !s.take(',') {
				return ErrSyntax
			}
			s.space()
		}
		start := s.pos
		ok, escaped := s.string()
		if !ok {
			return ErrSyntax
		}
		name := s.data[start+1 : s.pos-1]
		if escaped {
			name = unquote(name)
		}
		if !s.lax && !seen.add(name) {
			return ErrSyntax
		}
		if s.space(); !s.take(':') {
			return ErrSyntax
		}
		s.space()
		start = s.pos
		if err := s.value(depth); err != nil {
			return err
		}
		if member != nil {
			if err := member(name, s.data[start:s.pos]); err != nil {
				return err
			}
		}
		s.space()
	}
	return nil
}

func (s *scanner) value(depth int) error {
	ok := false
	switch s.peek() {
	case '{':
		return s.object(depth+1, nil)
	case '[':
		return s.array(depth+1, nil)
	case '"':
		ok, _ = s.string()
	case 't':
		ok = s.literal("true")
	case 'f':
		ok = s.literal("false")
	case 'n':
		ok = s.literal("null")
	default:
		ok = s.number()
	}
	if !ok {
		return ErrSyntax
	}
	return nil
}

func (s *scanner) array(depth int, element func(string) error) error {
	if depth > MaxDepth || !s.take('[') {
		return ErrSyntax
	}
	s.space()
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return ErrSyntax
		}
		s.space()
		start := s.pos
		if err := s.value(depth); err != nil {
			return err
		}
		if element != nil {
			if err := element(s.data[start:s.pos]); err != nil {
				return err
			}
		}
		s.space()
	}
	return nil
}

func (s *scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || s.data[s.pos:s.pos+len(word)] != word {
		return false
	}
	s.pos += len(word)
	return true
}

// number follows the grammar of RFC 8259, section 6.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}

// names finds the second use of a name: by comparing while they are few, in a map when an attacker sends many.
type names struct {
	few   [16]string
	many  map[string]struct{}
	count int
	marks uint64 // a bit of each name: where it is not set, no name is equal
}

func (n *names) add(name string) bool {
	mark := uint64(1) << (len(name) & 63)
	if name != "" {
		mark = 1 << ((uint(len(name)) + 7*uint(name[0]) + 31*uint(name[len(name)-1])) & 63)
	}
	if n.marks&mark != 0 && slices.Contains(n.few[:min(n.count, len(n.few))], name) {
		return false
	}
	n.marks |= mark
	if n.count < len(n.few) {
		n.few[n.count] = name
		n.count++
		return true
	}
	if n.many == nil {
		n.many = make(map[string]struct{})
	}
	if _, ok := n.many[name]; ok {
		return false
	}
	n.many[name] = struct{}{}
	n.count++
	return true
}
