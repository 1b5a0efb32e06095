package schema

import (
	"maps"
	"slices"
)

// Validate returns the messages about an entity, by field. If mode is Updating, required fields may be missing.
func (s *Schema) Validate(values map[string]any, mode Mode) map[string]any {
	var v *Variant
	if s.Variant != nil {
		if values[s.Decides] == nil {
			return map[string]any{s.Decides: "required field missing"}
		}
		var problem string
		if v, problem = s.Variant(values); problem != "" {
			return map[string]any{s.Decides: problem}
		}
	}
	return s.Record.Validate(values, v, mode)
}

// Validate returns the messages about a record, by field. It is empty if the record is valid. v may be nil.
func (r *Record) Validate(values map[string]any, v *Variant, mode Mode) map[string]any {
	in := &Ruling{Values: values, Errs: make(map[string]any), mode: mode}
	for name, value := range values {
		if f := r.at(name, v); f == nil {
			in.Errs[name] = "unknown field"
		} else if problem := f.Validate(value); problem != nil {
			in.Errs[name] = problem
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

// Validate returns nil if value is valid. Otherwise it returns a message, or the messages about its inside: a map for a record,
// or a list with nil for valid elements.
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
	if problem := f.validateKind(value); problem != nil {
		return problem
	}
	for _, check := range f.Checks {
		if problem := check(value); problem != "" {
			return f.says(problem)
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
		if problem := f.Key.Validate(name); problem != nil {
			return problem
		}
		if object[name] == nil {
			return "required field missing"
		}
		if problem := f.Elem.Validate(object[name]); problem != nil {
			return problem
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
		if problem := f.Record.Custom(object); problem != "" {
			return problem
		}
	}
	return nil
}

// ValidateForeign validates a reference to another entity. Its result is that of Validate.
func (f *Field) ValidateForeign(value any) any {
	object, _ := value.(map[string]any)
	problem := ""
	if object["id"] == nil {
		problem = "missing primary key"
	} else {
		problem = IsUUID(object["id"])
	}
	if problem == "" {
		return nil
	}
	if f.to != nil { // messages about fields of the other entity take precedence
		if errs := f.to.Record.Validate(object, nil, Updating); len(errs) > 0 {
			return errs
		}
	}
	return map[string]any{"id": problem}
}

// NameIn returns the name in a reference. It reports whether the name is valid, and the other collection has unique names.
func (f *Field) NameIn(reference map[string]any) (string, bool) {
	if f.to == nil {
		return "", false
	}
	named := f.to.ByName["name"]
	name, _ := reference["name"].(string)
	return name, named != nil && named.Unique && name != "" && named.Validate(name) == nil
}
