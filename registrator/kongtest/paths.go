package kongtest

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

const (
	subDelims  = "!$&'()*+,;="
	pathExtras = "-._~/%:@"
)

// isPath is for the paths of services: what RFC 3986 allows, and no empty segments.
var isPath = []check{startsWith("/"), without("//", "must not have empty segments"), rfc3986}

func rfc3986(value any) string {
	path := value.(string)
	for i := range len(path) {
		if !uri.IsAlphanumeric(path[i]) && strings.IndexByte(pathExtras+subDelims, path[i]) < 0 {
			return "invalid path: '" + path + "' (characters outside of the reserved list of RFC 3986 found)"
		}
	}
	return uri.BadPercent(path)
}

// routePaths returns the checks of a path of a route.
func routePaths(v3 bool) []check {
	if v3 {
		return []check{
			without("//", "must not have empty segments"),
			pattern("^~?/", "should start with: / (fixed path) or ~/ (regex path)"),
			isRoutePath3,
		}
	}
	return []check{startsWith("/"), without("//", "must not have empty segments"), isRoutePath2}
}

func isRoutePath3(value any) string {
	path := value.(string)
	if wrong := rfc3986(path); strings.HasPrefix(wrong, "invalid url-encoded") {
		return wrong
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
	if wrong := rfc3986(path); strings.HasPrefix(wrong, "invalid url-encoded") {
		return wrong
	}
	if uri.IsPlain(path) {
		return ""
	}
	return invalidRegex(path)
}

func invalidRegex(expression string) string {
	if wrong := badRegex(expression); wrong != "" {
		return "invalid regex: '" + expression + "' (PCRE returned: pcre2_compile() failed: " + wrong + ")"
	}
	return ""
}

// pcreMessages are PCRE2's words for what Go's regular expressions do not accept either. What Go does not know at all, such
// as lookaheads, is missing: PCRE2 accepts it.
var pcreMessages = map[syntax.ErrorCode]string{
	syntax.ErrMissingParen:          "missing closing parenthesis",
	syntax.ErrUnexpectedParen:       "unmatched closing parenthesis",
	syntax.ErrMissingBracket:        "missing terminating ] for character class",
	syntax.ErrMissingRepeatArgument: "quantifier does not follow a repeatable item",
	syntax.ErrInvalidCharRange:      "range out of order in character class",
	syntax.ErrTrailingBackslash:     "\\ at end of pattern",
	syntax.ErrInvalidRepeatSize:     "numbers out of order in {} quantifier",
}

// badRegex returns the error of PCRE2, or "".
func badRegex(expression string) string {
	_, err := regexp.Compile(expression)
	var parse *syntax.Error
	if !errors.As(err, &parse) {
		return ""
	}
	message, known := pcreMessages[parse.Code]
	if !known {
		return ""
	}
	message += " in " + `"` + expression + `"`
	switch parse.Code {
	case syntax.ErrUnexpectedParen: // PCRE2 points at it
		depth := 0
		for i := range len(expression) {
			switch expression[i] {
			case '(':
				depth++
			case ')':
				if depth--; depth < 0 {
					return message + ` at "` + expression[i:] + `"`
				}
			}
		}
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidCharRange, syntax.ErrInvalidRepeatSize: // and behind these
		if i := strings.Index(expression, parse.Expr); i >= 0 && i+len(parse.Expr) < len(expression) {
			return message + ` at "` + expression[i+len(parse.Expr):] + `"`
		}
	}
	return message
}
