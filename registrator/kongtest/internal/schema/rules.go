package schema

import (
	"slices"
	"strings"
)

// Fail adds a message about the whole entity.
func (in *Ruling) Fail(message string) {
	list, _ := in.Errs["@entity"].([]any)
	in.Errs["@entity"] = append(list, message)
}

// get returns the value at a dotted path.
func (in *Ruling) get(path string) any { return Lookup(in.Values, path) }

// Lookup returns the value at a dotted path. It is nil if there is none.
func Lookup(values map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return values[name]
	}
	inner, _ := values[name].(map[string]any)
	return Lookup(inner, rest)
}

// Blame sets the message at a dotted path.
func (in *Ruling) Blame(path, message string) {
	errs := in.Errs
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			errs[name] = message
			return
		}
		inner, ok := errs[name].(map[string]any)
		if !ok {
			inner = make(map[string]any)
			errs[name] = inner
		}
		errs, path = inner, rest
	}
}

// IsEmpty reports whether value is null, "", or an empty list or map.
func IsEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// Count returns the number of paths whose values are not empty.
func (in *Ruling) Count(paths []string) int {
	n := 0
	for _, path := range paths {
		if !IsEmpty(in.get(path)) {
			n++
		}
	}
	return n
}

// Quoted joins words in quotes, as in Kong's messages.
func Quoted(words []string) string { return "'" + strings.Join(words, "', '") + "'" }

// AtLeastOneOf requires at least one of the values at paths not to be empty.
func AtLeastOneOf(paths ...string) Rule {
	return func(in *Ruling) {
		if in.Count(paths) > 0 {
			return
		}
		message := "at least one of these fields must be non-empty: " + Quoted(paths)
		if in.mode == Updating {
			message = "when updating, " + message
		}
		in.Fail(message)
	}
}

// OnlyOneOf requires exactly one of the values at paths not to be empty.
func OnlyOneOf(paths ...string) Rule {
	return func(in *Ruling) {
		if in.Count(paths) != 1 {
			in.Fail("exactly one of these fields must be non-empty: " + Quoted(paths))
		}
	}
}

// Distinct requires two strings to differ, unless one is empty.
func Distinct(a, b string) Rule {
	return func(in *Ruling) {
		va, _ := in.get(a).(string)
		if vb, _ := in.get(b).(string); va != "" && va == vb {
			in.Fail("values of these fields must be distinct: " + Quoted([]string{a, b}))
		}
	}
}

// When runs check on the value at then if is accepts the value at path. The check is also called for null.
func When(path string, is func(any) bool, then string, check Check) Rule {
	return func(in *Ruling) {
		if !is(in.get(path)) {
			return
		}
		if message := check(in.get(then)); message != "" {
			in.Blame(then, message)
			in.Fail("failed conditional validation given value of field '" + path + "'")
		}
	}
}

// Is returns a function that reports whether a value is one of wanted.
func Is(wanted ...any) func(any) bool {
	return func(value any) bool { return slices.Contains(wanted, value) }
}
