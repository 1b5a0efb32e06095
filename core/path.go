package core

import "net/url"

// RoutePath returns the path of u for [Request.RoutePath] in adapters of frameworks on net/http. Some of their routers dispatch
// on RawPath, as it was sent, and others on Path. So RoutePath returns RawPath if it is set, and not what EscapedPath makes of
// it. If RawPath and Path name different paths, as after a rewrite of one of them, RoutePath returns a path that every chain
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
