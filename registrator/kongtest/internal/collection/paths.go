package collection

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

const (
	subDelims  = "!$&'()*+,;="
	pathExtras = "-._~/%:@"
)

// isPath accepts the path of a service: characters that RFC 3986 allows, and no empty segments.
var isPath = []schema.Check{schema.StartsWith("/"), schema.Without("//", "must not have empty segments"), rfc3986}

func rfc3986(value any) string {
	path := value.(string)
	for i := range len(path) {
		if !uri.IsAlphanumeric(path[i]) && strings.IndexByte(pathExtras+subDelims, path[i]) < 0 {
			return "invalid path: '" + path + "' (characters outside of the reserved list of RFC 3986 found)"
		}
	}
	return uri.BadPercent(path)
}

// routePaths returns the checks of a path in the paths of a route.
func routePaths(v3 bool) []schema.Check {
	if v3 {
		return []schema.Check{
			schema.Without("//", "must not have empty segments"),
			schema.Pattern("^~?/", "should start with: / (fixed path) or ~/ (regex path)"),
			isRoutePath3,
		}
	}
	return []schema.Check{schema.StartsWith("/"), schema.Without("//", "must not have empty segments"), isRoutePath2}
}

func isRoutePath3(value any) string {
	path := value.(string)
	if problem := rfc3986(path); strings.HasPrefix(problem, "invalid url-encoded") {
		return problem
	}
	if expression, isRegex := strings.CutPrefix(path, "~"); isRegex {
		return invalidRegex(expression)
	}
	if normal := uri.Normalize(path); normal != path {
		return "non-normalized path, consider use '" + normal + "' instead"
	}
	return ""
}

func isRoutePath2(value any) string {
	path := value.(string)
	if problem := rfc3986(path); strings.HasPrefix(problem, "invalid url-encoded") {
		return problem
	}
	if uri.IsPlain(path) {
		return ""
	}
	return invalidRegex(path)
}
