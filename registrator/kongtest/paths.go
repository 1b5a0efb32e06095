package kongtest

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

const (
	subDelims  = "!$&'()*+,;="
	pathExtras = "-._~/%:@"
	reserved   = "!*'();:@&=+$,/?%#[]"
	uriExtras  = "!#$&'()*+,/:;=?@[\\]-_.~%" // what is never escaped
)

// isPath is for the paths of services: what RFC 3986 allows, and no empty segments.
var isPath = []check{startsWith("/"), without("//", "must not have empty segments"), rfc3986}

func rfc3986(value any) string {
	path := value.(string)
	for i := range len(path) {
		if !isAlphanumeric(path[i]) && strings.IndexByte(pathExtras+subDelims, path[i]) < 0 {
			return "invalid path: '" + path + "' (characters outside of the reserved list of RFC 3986 found)"
		}
	}
	return badPercent(path)
}

// badPercent says what is wrong with the escapes in a path.
func badPercent(path string) string {
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

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

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
	if normal := normalPath(path); normal != path {
		return "non-normalized path, consider use '" + normal + "' instead"
	}
	return ""
}

func isRoutePath2(value any) string {
	path := value.(string)
	if wrong := rfc3986(path); strings.HasPrefix(wrong, "invalid url-encoded") {
		return wrong
	}
	if isPlainPath2(path) {
		return ""
	}
	return invalidRegex(path)
}

// isPlainPath2 tells the prefixes from the regular expressions of Kong 2.
func isPlainPath2(path string) bool {
	for i := range len(path) {
		if !isAlphanumeric(path[i]) && strings.IndexByte(".-_~/%", path[i]) < 0 {
			return false
		}
	}
	return true
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

// normalPath decodes the escapes of what needs none, and removes dots and repeated slashes.
func normalPath(path string) string {
	var decoded strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]) {
			n, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if strings.IndexByte(reserved, byte(n)) >= 0 {
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

// escapePath makes a normal path safe to send.
func escapePath(path string) string {
	var escaped strings.Builder
	for i := range len(path) {
		if isAlphanumeric(path[i]) || strings.IndexByte(uriExtras, path[i]) >= 0 {
			escaped.WriteByte(path[i])
		} else {
			escaped.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(path[i])+0x100, 16)[1:]))
		}
	}
	return escaped.String()
}

// parsedURL is a URL as Kong reads it: nothing is an error.
type parsedURL struct{ scheme, user, host, port, path string }

var schemeOf = regexp.MustCompile(`^([0-9A-Za-z][0-9A-Za-z+\-.]*):`)

func parseURL(text string) parsedURL {
	var parsed parsedURL
	text, _, _ = strings.Cut(text, "#")
	if m := schemeOf.FindStringSubmatch(text); m != nil {
		parsed.scheme = m[1]
		text = text[len(m[0]):]
	}
	authority := ""
	if rest, found := strings.CutPrefix(text, "//"); found {
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		authority, text = rest[:end], rest[end:]
	}
	text, _, _ = strings.Cut(text, "?")
	parsed.path, _, _ = strings.Cut(text, ";")
	if user, rest, found := strings.Cut(authority, "@"); found {
		parsed.user, authority = user, rest
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.Contains(authority[i:], "]") {
		parsed.port, authority = authority[i+1:], authority[:i]
	}
	parsed.host = authority
	if strings.HasPrefix(authority, "[") && strings.HasSuffix(authority, "]") && len(authority) > 2 {
		parsed.host = authority[1 : len(authority)-1]
	}
	return parsed
}
