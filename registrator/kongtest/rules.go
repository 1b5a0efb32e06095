package kongtest

import (
	"slices"
	"strings"
)

// mode is why an entity is looked at.
type mode int

const (
	inserting mode = iota
	upserting
	updating
)

// ruling is one entity before the rules between its fields. Rules add to its errors.
type ruling struct {
	values map[string]any
	errs   map[string]any
	mode   mode
}

// rule looks at several fields of an entity.
type rule func(in *ruling)

func (in *ruling) fail(message string) {
	list, _ := in.errs["@entity"].([]any)
	in.errs["@entity"] = append(list, message)
}

// get finds a value by a path with dots.
func (in *ruling) get(path string) any { return at(in.values, path) }

func at(values map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return values[name]
	}
	inner, _ := values[name].(map[string]any)
	return at(inner, rest)
}

// blame puts a message at a path with dots.
func (in *ruling) blame(path, message string) {
	errs := in.errs
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

func isEmpty(value any) bool {
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

func (in *ruling) count(paths []string) int {
	n := 0
	for _, path := range paths {
		if !isEmpty(in.get(path)) {
			n++
		}
	}
	return n
}

func quoted(words []string) string { return "'" + strings.Join(words, "', '") + "'" }

func atLeastOneOf(paths ...string) rule {
	return func(in *ruling) {
		if in.count(paths) > 0 {
			return
		}
		message := "at least one of these fields must be non-empty: " + quoted(paths)
		if in.mode == updating {
			message = "when updating, " + message
		}
		in.fail(message)
	}
}

func onlyOneOf(paths ...string) rule {
	return func(in *ruling) {
		if in.count(paths) != 1 {
			in.fail("exactly one of these fields must be non-empty: " + quoted(paths))
		}
	}
}

func distinct(a, b string) rule {
	return func(in *ruling) {
		va, _ := in.get(a).(string)
		if vb, _ := in.get(b).(string); va != "" && va == vb {
			in.fail("values of these fields must be distinct: " + quoted([]string{a, b}))
		}
	}
}

// when runs a check on one field if another one has a certain value. A check sees null, too.
func when(path string, is func(any) bool, then string, wrong check) rule {
	return func(in *ruling) {
		if !is(in.get(path)) {
			return
		}
		if message := wrong(in.get(then)); message != "" {
			in.blame(then, message)
			in.fail("failed conditional validation given value of field '" + path + "'")
		}
	}
}

func is(wanted ...any) func(any) bool {
	return func(value any) bool { return slices.Contains(wanted, value) }
}
