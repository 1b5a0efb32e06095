package strictjson

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions below read one value each, as Object passes it on. They check its syntax themselves, so a value from anywhere
// else is refused rather than misread. They do not check its encoding, as Object does.

// String returns the decoded text of a JSON string. It returns false for anything else, also for a string with a lone
// surrogate.
func String(value string) (string, bool) {
	s := scanner{data: value}
	ok, escaped := s.string()
	if !ok || s.pos != len(value) {
		return "", false
	}
	inside := value[1 : len(value)-1]
	if escaped {
		inside = unquote(inside)
	}
	return inside, true
}

// Number returns a JSON number as a finite float64. It returns false for anything else.
func Number(value string) (float64, bool) {
	s := scanner{data: value}
	if !s.number() || s.pos != len(value) {
		return 0, false
	}
	f, err := strconv.ParseFloat(value, 64)
	return f, err == nil
}

// Strings appends the elements of a JSON array of strings to list. For anything else it returns false, and list unchanged.
func Strings(list []string, value string) ([]string, bool) {
	before := list
	s := scanner{data: value}
	err := s.array(1, func(element string) error {
		text, ok := String(element)
		if !ok {
			return ErrSyntax
		}
		list = append(list, text)
		return nil
	})
	if err != nil || s.pos != len(value) {
		return before, false
	}
	return list, true
}

// IsNull reports whether value is the JSON null.
func IsNull(value string) bool { return value == "null" }

// string consumes a JSON string, and reports whether it is one without lone surrogates (RFC 8259, section 7), and whether it has
// escapes.
func (s *scanner) string() (ok, escaped bool) {
	if !s.take('"') {
		return false, false
	}
	for {
		s.pos += plain(s.data[s.pos:])
		switch s.peek() {
		case '"':
			s.pos++
			return true, escaped
		case '\\':
			if escaped = true; !s.escape() {
				return false, true
			}
		default: // a control character or the end
			return false, escaped
		}
	}
}

// plain returns the number of bytes at the beginning of text that stand for themselves in a string: all but control characters,
// the quote and the backslash. It reads eight bytes at once.
func plain(text string) (n int) {
	const ones = 0x0101010101010101
	for ; len(text)-n >= 8; n += 8 {
		eight := load(text[n:])
		quote, backslash := eight^ones*'"', eight^ones*'\\'
		// Subtraction borrows from a byte below 0x20, and from one that is 0 after the xor, and sets its highest bit. A borrow
		// can set a wrong bit only above, so the lowest bit that is set is right.
		special := (eight-ones*0x20)&^eight | (quote-ones)&^quote | (backslash-ones)&^backslash
		if special &= ones * 0x80; special != 0 {
			return n + bits.TrailingZeros64(special)/8
		}
	}
	for ; n < len(text); n++ {
		if c := text[n]; c < 0x20 || c == '"' || c == '\\' {
			break
		}
	}
	return n
}

// load returns the first eight bytes of s, the first one in the lowest bits.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// escape consumes an escape, and reports whether it is valid. A pair of surrogates is one escape.
func (s *scanner) escape() bool {
	rest := s.data[s.pos+1:]
	if len(rest) == 0 {
		return false
	}
	if rest[0] != 'u' {
		s.pos += 2
		return strings.IndexByte(`"\/bfnrt`, rest[0]) >= 0
	}
	r, ok := hex4(rest[1:])
	if !ok {
		return false
	}
	s.pos += 6
	if !utf16.IsSurrogate(r) {
		return true
	}
	low := s.data[s.pos:]
	if len(low) < 6 || low[0] != '\\' || low[1] != 'u' {
		return false
	}
	second, ok := hex4(low[2:])
	s.pos += 6
	return ok && utf16.DecodeRune(r, second) != utf8.RuneError
}

// hex4 decodes the four hexadecimal digits at the beginning of b.
func hex4(b string) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := b[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unquote decodes the escapes in the inside of a string. The scanner must have accepted the string: unquote may panic on any
// other.
func unquote(inside string) string {
	out := make([]byte, 0, len(inside))
	for i := 0; i < len(inside); {
		if inside[i] != '\\' {
			out = append(out, inside[i])
			i++
			continue
		}
		if inside[i+1] == 'u' {
			r, _ := hex4(inside[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(inside[i+2:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, unescape[inside[i+1]])
		i += 2
	}
	return string(out)
}

var unescape = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
