package core

import (
	"net/url"
	"strings"
)

// RoutePath is what an adapter for a framework on net/http answers as [Request.RoutePath]. Some routers there dispatch on
// RawPath as it was sent and others on Path, so it gives RawPath, where there is one, and not what EscapedPath makes of
// it. Where the two name different paths, as after a rewrite of one of them, the answer is a path that every chain
// refuses as malformed.
func RoutePath(u *url.URL) string {
	if u.RawPath == "" {
		return u.EscapedPath()
	}
	if path, err := url.PathUnescape(u.RawPath); err != nil || path != u.Path {
		return "%"
	}
	return u.RawPath
}

// wellFormedPath refuses the paths on which routers, proxies and rules disagree: broken percent-encoding, an encoded
// `/`, `\` or NUL, a plain `\` or `#`, dot segments (plain or encoded), and empty segments before the last. What is left
// is one path, read one way.
func wellFormedPath(path string) bool {
	if path == "" {
		return true // absolute-form without a path: RFC 9110, section 4.2.3 reads it as "/"
	}
	if path[0] != '/' {
		return false
	}
	segment := 0 // length of the segment so far, with %2e counted as one
	dots := true // nothing but dots in it so far
	for i := 1; i < len(path); i++ {
		c := path[i]
		if c == '#' { // no part of a target: some servers cut there, some do not
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

// ambiguousEscape reports whether path has an escape that names one resource to some servers and another to others. Such a
// path is never public by pattern. An escaped unreserved character (%61 for a) is the plain one to a router that normalizes
// (RFC 3986, section 6.2.2.2). An escaped percent sign (%252F) is a separator to whatever decodes a second time, as a file
// server behind a router that has decoded the path already.
func ambiguousEscape(path string) bool {
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
