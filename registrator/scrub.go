package registrator

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// scrubber takes secrets out of what a gateway, or what stands in its place, says: it may echo the request, as it was sent or
// as it was decoded.
func (c *client) scrubber(k *call) func(string) string {
	secrets := append([]string{k.token}, k.secrets...)
	if c.user != nil {
		password, _ := c.user.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(c.user.Username() + ":" + password))
		secrets = append(secrets, c.user.Username(), password, basic)
	}
	for _, values := range c.query {
		secrets = append(secrets, values...)
	}
	var forms []string
	for _, s := range secrets {
		if len(s) > 2 { // a shorter one is in every text
			forms = append(forms, regexp.QuoteMeta(s), regexp.QuoteMeta(url.QueryEscape(s)), regexp.QuoteMeta(url.PathEscape(s)))
		}
	}
	if len(forms) == 0 {
		return func(text string) string { return text }
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	known := regexp.MustCompile("(?i)" + strings.Join(forms, "|"))
	return func(text string) string { return known.ReplaceAllLiteralString(text, "[secret]") }
}

// texts are all strings in JSON data.
func texts(value any) (all []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	case map[string]any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	}
	return all
}
