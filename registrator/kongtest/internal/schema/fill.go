package schema

import (
	"maps"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// Fill returns a copy of values with shorthands expanded and, unless mode is Updating, with defaults. v chooses the variant; it
// may be nil. now is the time of the write; if it is nil, no times are set. If a shorthand is invalid, Fill returns only the
// messages about shorthands, by name.
func (r *Record) Fill(values map[string]any, v func(map[string]any) *Variant, mode Mode, now *time.Time,
) (map[string]any, map[string]any) {
	given := values
	values = make(map[string]any, len(r.Fields))
	maps.Copy(values, given)
	if errs := r.expand(values); errs != nil {
		return nil, errs
	}
	var chosen *Variant
	if v != nil {
		chosen = v(values)
	}
	for i := range r.Fields {
		name := r.Fields[i].Name
		f := r.at(name, chosen)
		value, given := values[name]
		if f.Auto != byClient && now != nil {
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

// expand replaces shorthands and former names by the fields that they stand for. It returns messages by name, or nil.
func (r *Record) expand(values map[string]any) map[string]any {
	if len(r.Shorthands)+len(r.Shadows) == 0 {
		return nil
	}
	errs := make(map[string]any)
	for _, s := range r.Shorthands {
		value, given := values[s.Name]
		if !given {
			continue
		}
		if problem := validateKey(s.Kind, value, false); problem != nil {
			errs[s.Name] = problem
			continue
		}
		delete(values, s.Name)
		maps.Copy(values, s.Expand(value))
	}
	for _, s := range r.Shadows {
		value, given := values[s.Name]
		if !given {
			continue
		}
		if problem := validateKey(s.Kind, value, true); problem != nil {
			errs[s.Name] = problem
		} else if problem := s.move(values, value); problem != "" {
			errs[s.Name] = problem
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// move moves the value of a former name to its field, unless the field has a value. If the two values differ, it returns Kong's
// message.
func (s *Shadow) move(values map[string]any, value any) string {
	inner, _ := values[s.Path[0]].(map[string]any)
	current := inner[s.Path[1]]
	if value != nil && current != nil && current != value {
		return "both deprecated and new field are used but their values mismatch: " +
			s.Name + " = " + lua.Number(value) + " vs " + s.Path[0] + "." + s.Path[1] + " = " + lua.Number(current)
	}
	delete(values, s.Name)
	if current == nil {
		inner = maps.Clone(inner)
		if inner == nil {
			inner = make(map[string]any)
		}
		inner[s.Path[1]] = value
		values[s.Path[0]] = inner
	}
	return ""
}

// stamp returns the time for a field that the gateway sets. Ids are set later, when the entity is stored.
func (f *Field) stamp(value any, given bool, mode Mode, now time.Time) (any, bool) {
	if f.Name == "updated_at" || f.Name == "created_at" && mode != Updating && value == nil {
		if f.Auto == AutoMillis {
			return float64(now.UnixMilli()) / 1000, true
		}
		return float64(now.Unix()), true
	}
	return value, given
}

// fill returns the value with defaults inside, and reports whether the entity has the field. Its messages are those of Fill.
func (f *Field) fill(value any, given bool, mode Mode) (any, bool, map[string]any) {
	if !given && mode != Updating && f.Auto == byClient {
		given = f.Default != nil || !f.Required || f.Kind == RecordKind
		value = f.Default
		if value == nil && f.Kind == RecordKind && f.Required {
			value = map[string]any{}
		}
	}
	switch v := value.(type) {
	case []any:
		return f.fillList(v, mode), given, nil
	case map[string]any:
		switch {
		case f.Kind == RecordKind:
			filled, errs := f.Record.Fill(v, nil, mode, nil)
			return filled, given, errs
		case (f.Kind == ArrayKind || f.Kind == SetKind) && len(v) == 0: // in Lua, an empty list and an empty map are the same
			return []any{}, given, nil
		}
	}
	return value, given, nil
}

func (f *Field) fillList(list []any, mode Mode) any {
	switch f.Kind {
	case RecordKind, MapKind, AnyKind:
		if len(list) == 0 { // in Lua, an empty list and an empty map are the same
			value, _, _ := f.fill(map[string]any{}, true, mode)
			return value
		}
		return list
	case SetKind:
		list = withoutRepeats(list)
	case ArrayKind:
	default:
		return list
	}
	if f.Elem.Kind != RecordKind {
		return list
	}
	filled := make([]any, len(list))
	for i, item := range list {
		filled[i], _, _ = f.Elem.fill(item, true, mode)
	}
	return filled
}

// withoutRepeats removes repeated scalars.
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

// Merge returns a copy of old with the values of over, an update. Records are merged. Lists and maps are replaced.
func (r *Record) Merge(over, old map[string]any, v *Variant) map[string]any {
	merged := maps.Clone(old)
	for name, value := range over {
		f := r.at(name, v)
		inner, isMap := value.(map[string]any)
		before, _ := old[name].(map[string]any)
		if f != nil && f.Kind == RecordKind && isMap && before != nil {
			merged[name] = f.Record.Merge(inner, before, nil)
		} else {
			merged[name] = value
		}
	}
	return merged
}
