package registrator

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
)

// decode decodes escapes repeatedly until none is left. Several servers may have escaped a text, but not more than a few.
func decode(all []unit) []unit {
	const layers = 8
	for range layers {
		next := decodeOnce(all)
		if len(next) == len(all) {
			return next
		}
		all = next
	}
	return all
}

func decodeOnce(all []unit) []unit {
	next := make([]unit, 0, len(all))
	for i := 0; i < len(all); {
		text, n := "", 0
		switch all[i].c {
		case '\\':
			text, n = unescape(all[i:])
		case '%':
			if c, ok := number(all[i+1:], 2, 16); ok {
				text, n = string([]byte{byte(c)}), 3
			}
		case '&':
			text, n = unentity(all[i:])
		}
		if n == 0 {
			next = append(next, all[i])
			i++
			continue
		}
		for k := range len(text) {
			next = append(next, unit{text[k], all[i].from, all[i+n-1].to})
		}
		i += n
	}
	return next
}

// number parses a number of exactly so many digits.
func number(all []unit, digits, base int) (rune, bool) {
	if len(all) < digits {
		return 0, false
	}
	var text [8]byte
	for i := range digits {
		text[i] = all[i].c
	}
	n, err := strconv.ParseUint(string(text[:digits]), base, 31)
	return rune(n), err == nil
}

// unescape decodes an escape of JSON, Go or Lua, and returns its length in units. Backslashes may have been doubled any number of
// times, so several count as one.
func unescape(all []unit) (string, int) {
	n := 0
	for n < len(all) && all[n].c == '\\' {
		n++
	}
	if n == len(all) {
		return "", n
	}
	rest := all[n+1:]
	switch c := all[n].c; c {
	case 'n', 'r', 't', 'b', 'f', 'v', 'a':
		return " ", n + 1
	case 'x':
		if b, ok := number(rest, 2, 16); ok {
			return string([]byte{byte(b)}), n + 3
		}
	case 'U':
		if r, ok := number(rest, 8, 16); ok {
			return string(r), n + 9
		}
	case 'u':
		if r, ok := number(rest, 4, 16); ok {
			text, more := surrogate(r, rest[4:])
			return text, n + 5 + more
		}
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		text, digits := decimal(all[n:])
		return text, n + digits
	}
	return string([]byte{all[n].c}), n + 1
}

// surrogate returns the character of \uXXXX, and the length of the second half of a surrogate pair, or 0.
func surrogate(r rune, rest []unit) (string, int) {
	n := 0
	for utf16.IsSurrogate(r) && n < len(rest) && rest[n].c == '\\' {
		n++
	}
	if n > 0 && n < len(rest) && rest[n].c == 'u' {
		if low, ok := number(rest[n+1:], 4, 16); ok {
			return string(utf16.DecodeRune(r, low)), n + 5
		}
	}
	return string(r), 0
}

// decimal decodes up to three digits as a byte: in decimal as Lua writes it, or, if that is not a byte, in octal as C does.
func decimal(all []unit) (string, int) {
	digits := 1
	for digits < 3 && digits < len(all) && all[digits].c >= '0' && all[digits].c <= '9' {
		digits++
	}
	b, _ := number(all, digits, 10)
	if b > 0xff {
		b, _ = number(all, digits, 8)
	}
	return string([]byte{byte(b)}), digits
}

// unentity decodes an entity of HTML, and returns its length in units.
func unentity(all []unit) (string, int) {
	const maxLength = 32 // the longest name has 33 bytes and is not used in practice
	var b strings.Builder
	for i := 0; i < len(all) && i < maxLength; i++ {
		b.WriteByte(all[i].c)
		if all[i].c == ';' {
			if text := html.UnescapeString(b.String()); text != b.String() {
				return text, i + 1
			}
			break
		}
	}
	return "", 0
}

// decodeBase64 decodes runs of characters of Base64, in either of its alphabets, from the character at offset. A run that is not
// Base64 becomes arbitrary bytes.
func decodeBase64(all []unit, offset int) (next []unit) {
	const minLength = 6 // characters
	var run []unit
	for i := 0; i <= len(all); i++ {
		if i < len(all) && all[i].c <= ' ' {
			continue // lines may be wrapped
		}
		if i < len(all) && sextet(all[i].c) >= 0 {
			run = append(run, all[i])
			continue
		}
		if len(run) >= minLength {
			next = append(next, octets(run[offset:])...)
		}
		run = run[:0]
	}
	return next
}

func octets(run []unit) []unit {
	next := make([]unit, 0, len(run))
	bits := 0
	for i, u := range run {
		bits = bits<<6 | sextet(u.c)
		if left := 6 - 2*(i%4); i%4 > 0 { // bits of the next byte
			next = append(next, unit{byte(bits >> left), run[i-1].from, u.to})
		}
	}
	return next
}

func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-':
		return 62
	case c == '/', c == '_':
		return 63
	}
	return -1
}
