package proxy

import "strings"

// withoutDots removes a dot segment at the beginning of rest. It appears where a stripped prefix ended inside a longer segment.
func withoutDots(rest string) string {
	if rest == "." || rest == ".." {
		return ""
	}
	if after, found := strings.CutPrefix(rest, "./"); found {
		return after
	}
	return strings.TrimPrefix(rest, "../")
}

// joinPath1 joins paths for path_handling v1, which only Kong 2 implements.
func joinPath1(base, rest, path string, strip bool) string {
	switch {
	case !strip:
		return base + strings.TrimPrefix(path, "/")
	case strings.HasPrefix(rest, "/"):
		return strings.TrimSuffix(base, "/") + rest
	}
	return base + rest
}

// joinPath joins base, the path of a service, and the path of a request. rest is what the route leaves of that path if strip is
// set.
func joinPath(base, rest, path string, strip bool) string {
	trimmed, slash := strings.CutSuffix(base, "/")
	switch {
	case !strip && slash:
		return base + strings.TrimPrefix(path, "/")
	case !strip && path == "/":
		return base
	case !strip:
		return base + path
	case rest == "" && base == "/":
		return "/"
	case rest == "" && strings.HasSuffix(path, "/") && len(path) > 1:
		return trimmed + "/"
	case rest == "":
		return trimmed
	case rest[0] == '/':
		return trimmed + rest
	}
	return trimmed + "/" + rest
}
