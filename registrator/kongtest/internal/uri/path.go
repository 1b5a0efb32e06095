// Package uri parses paths, URLs and addresses as Kong does.
package uri

import (
	"net/url"
	"strconv"
	"strings"
)

const (
	// Reserved holds the characters that stay escaped in a normal path.
	Reserved = "!*'();:@&=+$,/?%#[]"

	extras = "!#$&'()*+,/:;=?@[\\]-_.~%" // never escaped, like letters and digits
)

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// BadPercent returns Kong's message about the first malformed escape in a path, or "".
func BadPercent(path string) string {
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			continue
		}
		if i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]) {
			return "invalid url-encoded value: '" + path[i:min(i+3, len(path))] + "'"
		}
		i += 2
	}
	return ""
}

// Normalize returns the normal form of a path: only reserved characters are escaped, and there are no dot segments or repeated
// slashes.
func Normalize(path string) string {
	var decoded strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]) {
			n, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if strings.IndexByte(Reserved, byte(n)) >= 0 {
				decoded.WriteString(strings.ToUpper(path[i : i+3]))
			} else {
				decoded.WriteByte(byte(n))
			}
			i += 2
			continue
		}
		decoded.WriteByte(path[i])
	}
	return removeDots(decoded.String())
}

func removeDots(path string) string {
	if path == "/" || !strings.Contains(path, ".") && !strings.Contains(path, "//") {
		return path
	}
	segments := strings.Split(path, "/")
	kept := make([]string, 0, len(segments))
	last := len(segments) - 1
	for i, segment := range segments {
		switch {
		case i == 0, segment == "" && i != last, segment == "." && i != last:
		case segment == ".", segment == "" && i == last:
			kept = append(kept, "")
		case segment == "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// Escape escapes a normal path for use in a request.
func Escape(path string) string {
	var escaped strings.Builder
	for i := range len(path) {
		if IsAlphanumeric(path[i]) || strings.IndexByte(extras, path[i]) >= 0 {
			escaped.WriteByte(path[i])
		} else {
			escaped.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(path[i])+0x100, 16)[1:]))
		}
	}
	return escaped.String()
}

// UnescapePlus decodes a segment of a path or a value of a form as nginx does for Kong. It is Unescape, and + is a space.
func UnescapePlus(text string) string { return Unescape(strings.ReplaceAll(text, "+", " ")) }

// Unescape decodes the well-formed escapes in text. It keeps malformed escapes.
func Unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var decoded strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			n, _ := strconv.ParseUint(text[i+1:i+3], 16, 8)
			decoded.WriteByte(byte(n))
			i += 2
			continue
		}
		decoded.WriteByte(text[i])
	}
	return decoded.String()
}

// IsAlphanumeric reports whether c is an ASCII letter or digit.
func IsAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Decode decodes a path. A path with a malformed escape is returned unchanged.
func Decode(path string) string {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return path
	}
	return plain
}

// IsPlain reports whether Kong 2 treats the path of a route as a prefix. It treats any other path as a regular expression.
func IsPlain(path string) bool {
	for i := range len(path) {
		if !IsAlphanumeric(path[i]) && strings.IndexByte(".-_~/%", path[i]) < 0 {
			return false
		}
	}
	return true
}
