package schema

import (
	"maps"
	"slices"
)

// Validate returns the messages about an entity, by field. An update may lack required fields.
func (s *Schema) Validate(values map[string]any, mode Mode) map[string]any {
	var v *Variant
	if s.Variant != nil {
		if values[s.Decides] == nil {
			return map[string]any{s.Decides: "required field missing"}
		}
		var wrong string
		if v, wrong = s.Variant(values); wrong != "" {
			return map[string]any{s.Decides: wrong}
		}
	}
	return s.Record.Validate(values, v, mode)
}

// Validate returns the messages about a record, by field. v may be nil.
func (r *Record) Validate(values map[string]any, v *Variant, mode Mode) map[string]any {
	in := &Ruling{Values: values, Errs: make(map[string]any), mode: mode}
	for name, value := range values {
		if f := r.at(name, v); f == nil {
			in.Errs[name] = "unknown field"
		} else if wrong := f.Validate(value); wrong != nil {
			in.Errs[name] = wrong
		}
	}
	for i := range r.Fields {
		f := r.at(r.Fields[i].Name, v)
		if !f.Required || values[f.Name] != nil {
			continue
		}
		if _, given := values[f.Name]; given || mode != Updating {
			in.Errs[f.Name] = "required field missing"
		}
	}
	for _, check := range r.Rules {
		check(in)
	}
	if v != nil {
		for _, check := range v.Rules {
			check(in)
		}
	}
	return in.Errs
}

// Validate returns nil if value is valid. Otherwise it returns a message, or the messages about what is inside: a map, or a
// list with nulls for valid elements.
func (f *Field) Validate(value any) any {
	if value == nil {
		if f.Required {
			return "required field missing"
		}
		return nil
	}
	if f.MustNull {
		return f.says("value must be null")
	}
	if wrong := f.validateKind(value); wrong != nil {
		return wrong
	}
	for _, check := range f.Checks {
		if wrong := check(value); wrong != "" {
			return f.says(wrong)
		}
	}
	return nil
}

func (f *Field) validateKind(value any) any {
	switch f.Kind {
	case ArrayKind, SetKind:
		return f.validateElements(value)
	case MapKind:
		return f.validateMap(value)
	case RecordKind:
		return f.validateRecord(value)
	case ForeignKind:
		return f.ValidateForeign(value)
	case AnyKind:
		return nil
	default:
		return f.validateScalar(value)
	}
}

func (f *Field) validateElements(value any) any {
	list, ok := value.([]any)
	if !ok {
		return expected(f.Kind)
	}
	last := 0
	errs := make([]any, len(list))
	for i, item := range list {
		if item == nil {
			errs[i] = "required field missing"
		} else {
			errs[i] = f.Elem.Validate(item)
		}
		if errs[i] != nil {
			last = i + 1
		}
	}
	if last > 0 {
		return errs[:last]
	}
	return nil
}

func (f *Field) validateMap(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return expected(MapKind)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if wrong := f.Key.Validate(name); wrong != nil {
			return wrong
		}
		if object[name] == nil {
			return "required field missing"
		}
		if wrong := f.Elem.Validate(object[name]); wrong != nil {
			return wrong
		}
	}
	return nil
}

func (f *Field) validateRecord(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return expected(RecordKind)
	}
	object, errs := f.Record.Fill(object, nil, Inserting, nil)
	if errs == nil {
		errs = f.Record.Validate(object, nil, Inserting)
	}
	if len(errs) > 0 {
		return errs
	}
	if f.Record.Custom != nil {
		if wrong := f.Record.Custom(object); wrong != "" {
			return wrong
		}
	}
	return nil
}

// ValidateForeign validates a reference. It returns the same as Validate.
func (f *Field) ValidateForeign(value any) any {
	object, _ := value.(map[string]any)
	wrong := ""
	if object["id"] == nil {
		wrong = "missing primary key"
	} else {
		wrong = IsUUID(object["id"])
	}
	if wrong == "" {
		return nil
	}
	if f.to != nil { // messages about the other fields take precedence
		if errs := f.to.Record.Validate(object, nil, Updating); len(errs) > 0 {
			return errs
		}
	}
	return map[string]any{"id": wrong}
}

// NameIn returns the name in a reference that has no id, if entities of the other collection have valid names like it.
func (f *Field) NameIn(reference map[string]any) (string, bool) {
	if f.to == nil {
		return "", false
	}
	named := f.to.ByName["name"]
	name, _ := reference["name"].(string)
	return name, named != nil && named.Unique && name != "" && named.Validate(name) == nil
}
