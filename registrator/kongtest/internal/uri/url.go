package uri

import (
	"regexp"
	"strings"
)

// URL holds the parts of a URL. All parts may be empty: Kong's parser accepts any text.
type URL struct{ Scheme, User, Host, Port, Path string }

var schemeOf = regexp.MustCompile(`^([0-9A-Za-z][0-9A-Za-z+\-.]*):`)

// ParseURL splits text into the parts of a URL.
func ParseURL(text string) URL {
	var parsed URL
	text, _, _ = strings.Cut(text, "#")
	if m := schemeOf.FindStringSubmatch(text); m != nil {
		parsed.Scheme = m[1]
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
	parsed.Path, _, _ = strings.Cut(text, ";")
	if user, rest, found := strings.Cut(authority, "@"); found {
		parsed.User, authority = user, rest
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.Contains(authority[i:], "]") {
		parsed.Port, authority = authority[i+1:], authority[:i]
	}
	parsed.Host = authority
	if strings.HasPrefix(authority, "[") && strings.HasSuffix(authority, "]") && len(authority) > 2 {
		parsed.Host = authority[1 : len(authority)-1]
	}
	return parsed
}
