package core

import "net/url"

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
