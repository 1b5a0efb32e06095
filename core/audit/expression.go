package audit

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	oneSegment = `[^/]+`
	anything   = `(?s:.*)`
	something  = `(?s:.+)`
)

// routeExpression returns a regular expression for the paths of a route, in the notation of NewRoute. Conditions on a parameter,
// such as `{id:[0-9]+}` and `:id<int>`, are left out. So the expression may have more paths than the route, and never has fewer.
func routeExpression(route string) string {
	var b strings.Builder
	b.WriteString(`^`)
	if !strings.HasPrefix(route, "/") {
		b.WriteByte('/')
	}
	for rest := route; rest != ""; {
		var n int
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			n = 2
			b.WriteString(regexp.QuoteMeta(rest[1:2]))
		case rest[0] == ':', strings.HasPrefix(rest, "/:"):
			var optional bool
			if n, optional = parameter(rest); !optional {
				b.WriteString(strings.TrimSuffix(rest[:1], ":") + oneSegment)
			} else if rest[0] == '/' && n < len(route) {
				b.WriteString(`(?:/[^/]*)?`)
			} else {
				b.WriteString(strings.TrimSuffix(rest[:1], ":") + `[^/]*`)
			}
		case rest[0] == '{':
			n = braces(rest)
			b.WriteString(inBraces(rest[:n]))
		case rest[0] == '*':
			n = len(rest) - len(strings.TrimLeft(rest, "*_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			b.WriteString(anything)
		case strings.HasPrefix(rest, "/+") && (len(rest) == 2 || rest[2] == '/'):
			n = 2
			b.WriteString("/" + something)
		default:
			n = strings.IndexAny(rest[1:], `\:{*/`) + 1
			if n == 0 {
				n = len(rest)
			}
			b.WriteString(regexp.QuoteMeta(plain(rest[:n])))
		}
		rest = rest[n:]
	}
	return b.String() + `$`
}

// parameter returns the length of a parameter that begins with a colon, or with a slash and a colon, and whether it is optional.
func parameter(s string) (length int, optional bool) {
	depth := 0
	for i := 2; i < len(s); i++ {
		switch {
		case s[i] == '<':
			depth++
		case s[i] == '>':
			depth--
		case s[i] == '/' && depth <= 0:
			return i, s[i-1] == '?'
		}
	}
	return len(s), s[len(s)-1] == '?'
}

// braces returns the length of a parameter in braces, which may have braces inside.
func braces(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// inBraces returns the expression of a parameter in braces.
func inBraces(parameter string) string {
	switch {
	case strings.HasSuffix(parameter, "...}"):
		return anything
	case strings.HasSuffix(parameter, "+}") && !strings.Contains(parameter, ":"): // {id:[0-9]+} is one segment
		return something
	default:
		return oneSegment
	}
}

// patternExpression returns a regular expression for the paths of a pattern of core.PublicRoutes.
func patternExpression(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		switch s {
		case "*":
			segments[i] = oneSegment
		case "**":
			segments[i] = something
		default:
			segments[i] = regexp.QuoteMeta(plain(s))
		}
	}
	return `^` + strings.Join(segments, "/") + `$`
}

// plain returns a literal path in the form in which gateways and routers compare it: escapes are decoded, but for those of
// reserved characters (RFC 3986, section 2.2) and of the percent sign.
func plain(literal string) string {
	if !strings.Contains(literal, "%") {
		return literal
	}
	var b strings.Builder
	for i := 0; i < len(literal); i++ {
		c := literal[i]
		if c == '%' && i+2 < len(literal) {
			n, err := strconv.ParseUint(literal[i+1:i+3], 16, 8)
			switch {
			case err != nil:
			case strings.IndexByte("!*'();:@&=+$,/?%#[]", byte(n)) >= 0:
				b.WriteString(strings.ToUpper(literal[i : i+3]))
				i += 2
				continue
			default:
				c = byte(n)
				i += 2
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
