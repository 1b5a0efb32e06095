package collection

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// onlyBytes accepts valid UTF-8 whose ASCII characters are all allowed. %s in message is replaced by the value.
func onlyBytes(allowed func(c byte) bool, message string) schema.Check {
	return func(value any) string {
		text := value.(string)
		if !utf8.ValidString(text) {
			return fmt.Sprintf("invalid utf-8 character sequence detected at position %d", invalidAt(text))
		}
		for i := range len(text) {
			if c := text[i]; c < utf8.RuneSelf && !allowed(c) {
				return fmt.Sprintf(message, text)
			}
		}
		return ""
	}
}

// invalidAt returns the position of the first invalid UTF-8 sequence, counted from 1.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i + 1
			}
		}
	}
	return 0
}

// isName accepts the name of a service, route or plugin instance.
var isName = onlyBytes(func(c byte) bool { return uri.IsAlphanumeric(c) || strings.IndexByte(".-_~", c) >= 0 },
	"invalid value '%s': the only accepted ascii characters are alphanumerics or ., -, _, and ~")

// IsTag returns the check of a tag. Kong 3 allows spaces in tags.
func IsTag(v3 bool) schema.Check {
	return onlyBytes(func(c byte) bool { return (c > ' ' || v3 && c == ' ') && c < 0x7f && c != ',' && c != '/' },
		"invalid tag '%s': expected printable ascii (except `,` and `/`) or valid utf-8 sequences")
}

func isHeaderName(value any) string {
	text := value.(string)
	for i := range len(text) {
		if c := text[i]; !uri.IsAlphanumeric(c) && c != '-' && c != '_' {
			return "bad header name '" + text + "', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
		}
	}
	return ""
}

func isIPOrCIDR(value any) string {
	text := value.(string)
	if _, err := netip.ParseAddr(text); err == nil && !strings.Contains(text, "%") {
		return ""
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return ""
	}
	return "invalid ip or cidr range: '" + text + "'"
}

// isURL accepts the endpoint of a log plugin.
func isURL(value any) string {
	switch parsed := uri.ParseURL(value.(string)); {
	case parsed.Host == "":
		return "missing host in url"
	case parsed.Scheme == "":
		return "missing scheme in url"
	}
	return ""
}
