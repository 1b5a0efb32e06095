// Package lua formats values as Kong does. Kong is a Lua program: it formats values as Lua tables in messages, and encodes JSON
// in its own way.
package lua

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// Line formats value as a Lua table on one line, as in Kong's messages.
func Line(value any) string { return table(value, "", "", "") }

// Multiline formats value as a Lua table over several lines. A string stays as it is.
func Multiline(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return table(value, "\n", "  ", "  ")
}

func table(value any, newline, step, indent string) string {
	var items []string
	switch v := value.(type) {
	case map[string]any:
		equals := "="
		if newline != "" {
			equals = " = "
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, keyText(key)+equals+table(v[key], newline, step, indent+step))
		}
	case []any:
		for i, item := range v {
			text := table(item, newline, step, indent+step)
			switch {
			case item == nil:
				continue
			case len(items) < i: // a null precedes the item
				text = "[" + strconv.Itoa(i+1) + "] = " + text
			}
			items = append(items, text)
		}
	case string:
		return strconv.Quote(v)
	case nil:
		return "null"
	default:
		return fmt.Sprint(Number(v))
	}
	if len(items) == 0 {
		return "{" + newline + "}"
	}
	outer := strings.TrimSuffix(indent, step)
	return "{" + newline + indent + strings.Join(items, ","+newline+indent) + newline + outer + "}"
}

func keyText(key string) string {
	for i := range len(key) {
		if c := key[i]; !uri.IsAlphanumeric(c) && c != '_' || i == 0 && c <= '9' {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	return key
}

// Number formats a number as Lua does: an integral value has no fraction. Other values are formatted by fmt.Sprint.
func Number(value any) string {
	if n, ok := value.(float64); ok && n == float64(int64(n)) {
		return fmt.Sprintf("%d", int64(n))
	}
	return fmt.Sprint(value)
}
