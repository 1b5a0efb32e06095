// Package nginx recognizes the requests that nginx answers itself. They never reach Kong, which runs inside nginx.
package nginx

import (
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// Refusal returns the status with which nginx answers r, or 0 if r reaches Kong.
func Refusal(r *http.Request) int {
	switch {
	case r.Method == http.MethodTrace:
		return http.StatusMethodNotAllowed
	case !isGoodPath(r.URL.EscapedPath()):
		return http.StatusBadRequest
	}
	return 0
}

// isGoodPath reports whether a path contains no NUL, and no dot segment that leads above the root.
func isGoodPath(path string) bool {
	if !strings.ContainsAny(path, ".%") {
		return true
	}
	depth := 0
	for segment := range strings.SplitSeq(uri.Unescape(path), "/") {
		switch segment {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return false
			}
		default:
			if strings.IndexByte(segment, 0) >= 0 {
				return false
			}
			depth++
		}
	}
	return true
}
