package kongtest

import (
	"net/http"
	"strings"
)

// htmlPage is an answer of nginx, which did not ask Kong.
func htmlPage(status int, title string) *answer {
	return &answer{status: status, body: html("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n" +
		"<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n")}
}

// refusedByNginx returns the status of the requests that nginx answers before Kong sees them, 0 for all others.
func refusedByNginx(r *http.Request) int {
	switch {
	case r.Method == http.MethodTrace:
		return http.StatusMethodNotAllowed
	case !isNginxPath(r.URL.EscapedPath()):
		return http.StatusBadRequest
	}
	return 0
}

// isNginxPath reports whether a path has no NUL and does not climb above the root.
func isNginxPath(path string) bool {
	if !strings.ContainsAny(path, ".%") {
		return true
	}
	depth := 0
	for segment := range strings.SplitSeq(unescapeOctets(path), "/") {
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

func refusedPage(status int) *answer {
	title := "400 Bad Request"
	if status == http.StatusMethodNotAllowed {
		title = "405 Not Allowed"
	}
	return htmlPage(status, title)
}
