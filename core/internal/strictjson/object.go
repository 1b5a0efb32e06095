// Package strictjson reads JSON objects as a verifier must: it compares names exactly, and it refuses duplicate names at any
// depth, invalid UTF-8, lone surrogates and anything after the object. encoding/json lets all of these pass (it ignores case and
// takes the last duplicate), so two readers of one token can see two different tokens.
//
// String and the other functions on a value expect the text of a value that Object has checked.
package strictjson

import (
	"errors"
	"slices"
	"unicode/utf8"
)

// MaxDepth is the maximum depth of nested objects and arrays (RFC 8259, section 9 lets a parser limit it).
const MaxDepth = 32

// ErrSyntax is the only error of this package. It does not say where the fault is.
var ErrSyntax = errors.New("not a strict JSON object")

// Object calls member for each member of the object in data, in order, with the decoded name and the text of the value. It stops
// at the first error, which may be one of member. After an error the caller must not use the members before it. Values are parts
// of data, and so are names without escapes: reading them does not allocate, and keeping one keeps all of data in memory.
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
	lax  bool // duplicate names are allowed
}

// peek returns the next byte, or 0 at the end. No JSON token begins with NUL.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take consumes the next byte if it is c, and reports whether it was.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.pos >= len(s.data) {
		return false
	}
	s.pos++
	return true
}

// space consumes white space.
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

// Member returns the text of the member of that name, or "" if there is none. The error is that of Object: a member of an object
// that is not valid as a whole is not returned. Member does not allocate if no name in data has an escape.
func Member(data, name string) (value string, err error) {
	err = Object(data, func(n, v string) error {
		if n == name {
			value = v
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return value, nil
}

// First returns the text of the first member with that name, or "" if there is none. It is for an object that Object has not
// checked yet: duplicate names are allowed, and First does not read on behind that member.
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

// object consumes an object and calls member, unless it is nil, for each of its members.
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

// value consumes a value of any type inside of an object or array of that depth.
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

// array consumes an array and calls element, unless it is nil, for the text of each of its elements.
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

// number consumes a number (RFC 8259, section 6), and reports whether it is one.
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

// names finds duplicate names: the first ones in an array, which is fast, and the others in a map, since an attacker may send
// many.
type names struct {
	few   [16]string
	many  map[string]struct{}
	count int
	marks uint64 // has a bit of each name in few; a name whose bit is not set is not among them
}

// add adds a name, and reports whether it is not a duplicate.
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
