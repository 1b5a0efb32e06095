package registrator_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
)

// encodings are the forms in which a server may repeat the request.
var encodings = map[string]func(string) string{
	"as it is":      func(s string) string { return s },
	"in lower case": strings.ToLower,
	"JSON of Go":    func(s string) string { return inJSON(s, true) },
	"JSON of Kong":  func(s string) string { return strings.ReplaceAll(inJSON(s, false), "/", `\/`) },
	"JSON in ASCII": func(s string) string {
		return escaped(s, `\u%04x`, func(r rune) bool { return r > 0x7e || r < ' ' || r == '"' || r == '\\' })
	},
	"JSON, all of it": func(s string) string { return escaped(s, `\u%04X`, func(rune) bool { return true }) },
	"twice JSON":      func(s string) string { return inJSON(inJSON(s, true), false) },
	"%q of Go":        strconv.Quote,
	"%+q of Go":       strconv.QuoteToASCII,
	"%q of Lua":       quotedByLua,
	"a query":         url.QueryEscape,
	"a path":          url.PathEscape,
	"twice a query":   func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"a query in lower case": func(s string) string {
		return regexp.MustCompile(`%..`).ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower)
	},
	"all in hexadecimal":  percent,
	"HTML":                html.EscapeString,
	"HTML with names":     strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace,
	"HTML in decimal":     func(s string) string { return entities(s, "&#%d;") },
	"HTML in hexadecimal": func(s string) string { return entities(s, "&#x%x;") },
	"JSON in HTML":        func(s string) string { return html.EscapeString(inJSON(s, false)) },
	"HTML in JSON":        func(s string) string { return inJSON(html.EscapeString(s), true) },
	"with line ends":      func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"folded":              func(s string) string { return strings.Join(strings.Fields(s), " ") },
	"line by line":        func(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") },
	"clipped":             func(s string) string { return s[:len(s)*2/3] + "..." },
	"its end":             func(s string) string { return "..." + s[len(s)/3:] },
	"Base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"Base64 of URLs":      func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"Basic":               func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"Basic in JSON": func(s string) string {
		return strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte("me:"+s)), "/", `\/`)
	},
	"Base64 of JSON": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"a":"` + inJSON(s, true) + `"}`))
	},
	"Base64 in lines": func(s string) string {
		return regexp.MustCompile(`.{1,76}`).ReplaceAllString(base64.StdEncoding.EncodeToString([]byte(s)), "$0\n")
	},
}

func inJSON(s string, forHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(forHTML)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())[1 : b.Len()-2]
}

func escaped(s, form string, which func(rune) bool) string {
	var b strings.Builder
	for _, r := range s {
		if !which(r) {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, form, u)
		}
	}
	return b.String()
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func entities(s, form string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}

func quotedByLua(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "\\\n", "\r", `\13`, "\t", `\9`).Replace(s) + `"`
}

// readable decodes what a reader could decode, and removes white space and case.
func readable(text string) string {
	for range 6 {
		text = html.UnescapeString(text)
		text = regexp.MustCompile(`%[0-9a-fA-F]{2}`).ReplaceAllStringFunc(text, func(s string) string {
			s, _ = url.PathUnescape(s)
			return s
		})
		text = regexp.MustCompile(`(\\+u[dD][89abAB]..)?\\+u[0-9a-fA-F]{4}`).ReplaceAllStringFunc(text, func(s string) string {
			var decoded string
			_ = json.Unmarshal([]byte(`"`+regexp.MustCompile(`\\+`).ReplaceAllString(s, `\`)+`"`), &decoded)
			return decoded
		})
		text = regexp.MustCompile(`\\+([nrt])`).ReplaceAllString(text, " ")
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' || r == '+' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text))
}

// assertHidden fails if eight bytes of the secret in a row are printed in any form.
func assertHidden(t testing.TB, said, secret string) bool {
	secret, said = readable(secret), readable(said)
	for i := 0; i+8 <= max(len(secret), 8); i++ {
		if part := secret[i:min(i+8, len(secret))]; part != "" && strings.Contains(said, part) {
			return assert.Fail(t, "the secret is there", "%q of %q in\n%s", part, secret, said)
		}
	}
	return true
}
