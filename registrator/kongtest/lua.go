package kongtest

import (
	"fmt"
	"strconv"
	"strings"
)

// luaLine writes a value as a Lua table in one line, as Kong's messages do.
func luaLine(value any) string { return luaTable(value, "", "", "") }

// luaText writes a string as it is and anything else as a Lua table over several lines.
func luaText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return luaTable(value, "\n", "  ", "  ")
}

func luaTable(value any, newline, step, indent string) string {
	var items []string
	switch v := value.(type) {
	case map[string]any:
		equals := "="
		if newline != "" {
			equals = " = "
		}
		for _, key := range sortedKeys(v) {
			items = append(items, luaKey(key)+equals+luaTable(v[key], newline, step, indent+step))
		}
	case []any:
		for i, item := range v {
			text := luaTable(item, newline, step, indent+step)
			switch {
			case item == nil:
				continue
			case len(items) < i: // there was a hole before it
				text = "[" + strconv.Itoa(i+1) + "] = " + text
			}
			items = append(items, text)
		}
	case string:
		return strconv.Quote(v)
	case nil:
		return "null"
	default:
		return fmt.Sprint(number(v))
	}
	if len(items) == 0 {
		return "{" + newline + "}"
	}
	outer := strings.TrimSuffix(indent, step)
	return "{" + newline + indent + strings.Join(items, ","+newline+indent) + newline + outer + "}"
}

func luaKey(key string) string {
	for i := range len(key) {
		if c := key[i]; !isAlphanumeric(c) && c != '_' || i == 0 && c <= '9' {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	return key
}
