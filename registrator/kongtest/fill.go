package kongtest

import (
	"maps"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// fill returns the values with shorthands expanded and, unless it is an update, defaults. now, if there is one, is the time
// of the write. What is wrong with a shorthand comes back alone.
func (r *record) fill(values map[string]any, v func(map[string]any) *variant, mode mode, now *time.Time,
) (map[string]any, map[string]any) {
	given := values
	values = make(map[string]any, len(r.fields))
	maps.Copy(values, given)
	if errs := r.expand(values); errs != nil {
		return nil, errs
	}
	var chosen *variant
	if v != nil {
		chosen = v(values)
	}
	for i := range r.fields {
		name := r.fields[i].name
		f := r.at(name, chosen)
		value, given := values[name]
		if f.auto != byClient && now != nil {
			value, given = f.stamp(value, given, mode, *now)
		}
		value, given, errs := f.fill(value, given, mode)
		if errs != nil {
			return nil, errs
		}
		if given {
			values[name] = value
		}
	}
	return values, nil
}

// expand replaces shorthands and old names.
func (r *record) expand(values map[string]any) map[string]any {
	if len(r.shorthands)+len(r.shadows) == 0 {
		return nil
	}
	errs := make(map[string]any)
	for _, s := range r.shorthands {
		value, given := values[s.name]
		if !given {
			continue
		}
		if wrong := (&field{kind: s.kind}).validate(value); wrong != nil {
			errs[s.name] = wrong
			continue
		}
		delete(values, s.name)
		maps.Copy(values, s.expand(value))
	}
	for _, s := range r.shadows {
		value, given := values[s.name]
		if !given {
			continue
		}
		if wrong := (&field{kind: s.kind, canEmpty: true}).validate(value); wrong != nil {
			errs[s.name] = wrong
		} else if wrong := s.move(values, value); wrong != "" {
			errs[s.name] = wrong
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// move puts the value of an old name where the new name is, unless there is one.
func (s *shadow) move(values map[string]any, value any) string {
	inner, _ := values[s.path[0]].(map[string]any)
	current := inner[s.path[1]]
	if value != nil && current != nil && current != value {
		return "both deprecated and new field are used but their values mismatch: " +
			s.name + " = " + lua.Number(value) + " vs " + s.path[0] + "." + s.path[1] + " = " + lua.Number(current)
	}
	delete(values, s.name)
	if current == nil {
		inner = maps.Clone(inner)
		if inner == nil {
			inner = make(map[string]any)
		}
		inner[s.path[1]] = value
		values[s.path[0]] = inner
	}
	return ""
}

// stamp sets the times. Ids are set when an entity is stored.
func (f *field) stamp(value any, given bool, mode mode, now time.Time) (any, bool) {
	if f.name == "updated_at" || f.name == "created_at" && mode != updating && value == nil {
		if f.auto == autoMillis {
			return float64(now.UnixMilli()) / 1000, true
		}
		return float64(now.Unix()), true
	}
	return value, given
}

// fill returns the value with defaults inside, and whether the field is there at all.
func (f *field) fill(value any, given bool, mode mode) (any, bool, map[string]any) {
	if !given && mode != updating && f.auto == byClient {
		given = f.def != nil || !f.required || f.kind == aRecord
		value = f.def
		if value == nil && f.kind == aRecord && f.required {
			value = map[string]any{}
		}
	}
	switch v := value.(type) {
	case []any:
		return f.fillList(v, mode), given, nil
	case map[string]any:
		switch {
		case f.kind == aRecord:
			filled, errs := f.record.fill(v, nil, mode, nil)
			return filled, given, errs
		case (f.kind == anArray || f.kind == aSet) && len(v) == 0: // Lua has one empty table
			return []any{}, given, nil
		}
	}
	return value, given, nil
}

func (f *field) fillList(list []any, mode mode) any {
	switch f.kind {
	case aRecord, aMap, anything:
		if len(list) == 0 { // Lua has one empty table
			value, _, _ := f.fill(map[string]any{}, true, mode)
			return value
		}
		return list
	case aSet:
		list = withoutRepeats(list)
	case anArray:
	default:
		return list
	}
	if f.elem.kind != aRecord {
		return list
	}
	filled := make([]any, len(list))
	for i, item := range list {
		filled[i], _, _ = f.elem.fill(item, true, mode)
	}
	return filled
}

func withoutRepeats(list []any) []any {
	seen := make(map[any]bool, len(list))
	kept := make([]any, 0, len(list))
	for _, item := range list {
		switch item.(type) {
		case nil, map[string]any, []any:
		default:
			if seen[item] {
				continue
			}
			seen[item] = true
		}
		kept = append(kept, item)
	}
	return kept
}

// merge puts the new values of an update over the old ones. Records merge, lists and maps do not.
func (r *record) merge(over, old map[string]any, v *variant) map[string]any {
	merged := maps.Clone(old)
	for name, value := range over {
		f := r.at(name, v)
		inner, isMap := value.(map[string]any)
		before, _ := old[name].(map[string]any)
		if f != nil && f.kind == aRecord && isMap && before != nil {
			merged[name] = f.record.merge(inner, before, nil)
		} else {
			merged[name] = value
		}
	}
	return merged
}
