package access

import (
	"slices"
	"strings"
)

// text returns a text of the configuration, or "".
func (x *run) text(field string) string {
	text, _ := x.config[field].(string)
	return text
}

// flag reports whether a flag of the configuration is set.
func (x *run) flag(field string) bool { return x.config[field] == true }

// list returns the texts in a list of the configuration.
func (x *run) list(field string) []string {
	values, _ := x.config[field].([]any)
	var list []string
	for _, value := range values {
		if text, ok := value.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

func containsAny(list, values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
}

func joined(groups []string) string { return strings.Join(groups, ", ") }

// challenge returns a challenge of Kong 3, with the realm of the configuration if there is one.
func (x *run) challenge(scheme string) string {
	if realm := x.text("realm"); realm != "" {
		return scheme + ` realm="` + realm + `"`
	}
	return scheme
}
