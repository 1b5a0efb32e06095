// Package path says which paths of requests are read in one way only, and compares such paths with the patterns of rules. Paths
// are undecoded, as the router dispatched on them.
package path

import "strings"

// WellFormed reports whether routers, proxies and rules read path in the same way. A path is not well-formed if it has broken
// percent-encoding, an encoded `/`, `\` or NUL, a plain `\`, NUL or `#`, a dot segment (plain or encoded), an empty segment
// before the last one, or no slash at its beginning. The empty path is well-formed: in the absolute form of a target it stands
// for "/" (RFC 9110, section 4.2.3).
func WellFormed(path string) bool {
	if path == "" {
		return true
	}
	if path[0] != '/' {
		return false
	}
	segment := 0 // the length of the segment so far; an escape counts as one
	dots := true // it has nothing but dots so far
	for i := 1; i < len(path); i++ {
		c := path[i]
		if c == '#' { // not allowed in a target: some servers end the path there, others do not
			return false
		}
		if c == '%' {
			if i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]) {
				return false
			}
			if c = unhex(path[i+1])<<4 | unhex(path[i+2]); c == '/' {
				return false
			}
			i += 2
		} else if c == '/' {
			if segment == 0 || dots && segment <= 2 {
				return false
			}
			segment, dots = 0, true
			continue
		}
		if c == '\\' || c == 0 { // plain or encoded
			return false
		}
		segment++
		dots = dots && c == '.'
	}
	return segment == 0 || !dots || segment > 2
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0x0f + 9
}

// Exact reports whether path names one resource to all servers: it is well-formed, and has no escape that some servers decode and
// others do not. Rules that allow match no other path.
func Exact(path string) bool { return WellFormed(path) && !hasAmbiguousEscape(path) }

// hasAmbiguousEscape reports whether path, which is well-formed, has an escape with which it names one resource to some servers
// and another to others. An escaped unreserved character (%61 for a) is the plain character to a router that normalizes paths
// (RFC 3986, section 6.2.2.2). An escaped percent sign (%252F) becomes a separator when a path is decoded a second time, as by a
// file server behind a router that has decoded it already.
func hasAmbiguousEscape(path string) bool {
	for i := 0; i+2 < len(path); i++ {
		if path[i] != '%' {
			continue
		}
		c := unhex(path[i+1])<<4 | unhex(path[i+2])
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~%", c) >= 0 {
			return true
		}
	}
	return false
}
