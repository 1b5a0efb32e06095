package acl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns text in a form in which all spellings that differ only in case are equal, as in a regular expression with the
// flag i, and as to a router that compares paths in lower or in upper case: such a router takes İ or ı for i. It returns text
// itself, without an allocation, if nothing changes.
func fold(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return strings.Map(foldRune, text)
		}
	}
	return text
}

// foldRune returns the lower-case letter for ASCII, and for other characters the least one of those that differ in case.
func foldRune(r rune) rune {
	r = unicode.ToLower(unicode.ToUpper(r))
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// decode returns path with its escapes decoded once. An escape that is broken stays: the chain refuses such a path.
func decode(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			high, low := unhex(path[i+1]), unhex(path[i+2])
			if high >= 0 && low >= 0 {
				out.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		out.WriteByte(path[i])
	}
	return out.String()
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	if 'A' <= c && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}
