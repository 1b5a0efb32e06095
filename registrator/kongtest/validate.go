package kongtest

import (
	"maps"
	"slices"
)

// validate returns what is wrong with an entity, by field. An update may lack required fields.
func (s *schema) validate(values map[string]any, mode mode) map[string]any {
	var v *variant
	if s.variant != nil {
		if values[s.decides] == nil {
			return map[string]any{s.decides: "required field missing"}
		}
		var wrong string
		if v, wrong = s.variant(values); wrong != "" {
			return map[string]any{s.decides: wrong}
		}
	}
	return s.record.validate(values, v, mode)
}

func (r *record) validate(values map[string]any, v *variant, mode mode) map[string]any {
	in := &ruling{values: values, errs: make(map[string]any), mode: mode}
	for name, value := range values {
		if f := r.at(name, v); f == nil {
			in.errs[name] = "unknown field"
		} else if wrong := f.validate(value); wrong != nil {
			in.errs[name] = wrong
		}
	}
	for i := range r.fields {
		f := r.at(r.fields[i].name, v)
		if !f.required || values[f.name] != nil {
			continue
		}
		if _, given := values[f.name]; given || mode != updating {
			in.errs[f.name] = "required field missing"
		}
	}
	for _, check := range r.rules {
		check(in)
	}
	if v != nil {
		for _, check := range v.rules {
			check(in)
		}
	}
	return in.errs
}

// validate returns nil, a message, or the messages for what is inside, as a map or a list with nulls.
func (f *field) validate(value any) any {
	if value == nil {
		if f.required {
			return "required field missing"
		}
		return nil
	}
	if f.mustNull {
		return f.says("value must be null")
	}
	if wrong := f.validateKind(value); wrong != nil {
		return wrong
	}
	for _, check := range f.checks {
		if wrong := check(value); wrong != "" {
			return f.says(wrong)
		}
	}
	return nil
}

func (f *field) says(wrong string) string {
	if f.message != "" {
		return f.message
	}
	return wrong
}

func (f *field) validateKind(value any) any {
	switch f.kind {
	case anArray, aSet:
		return f.validateElements(value)
	case aMap:
		return f.validateMap(value)
	case aRecord:
		return f.validateRecord(value)
	case aForeign:
		return f.validateForeign(value)
	case anything:
		return nil
	default:
		return f.validateScalar(value)
	}
}

func (f *field) validateScalar(value any) any {
	var ok bool
	switch f.kind {
	case aString:
		var text string
		if text, ok = value.(string); ok && text == "" && !f.canEmpty {
			return f.says("length must be at least 1")
		}
	case anInteger:
		var number float64
		number, ok = value.(float64)
		ok = ok && number == float64(int64(number))
	case aNumber:
		_, ok = value.(float64)
	case aBoolean:
		_, ok = value.(bool)
	}
	if !ok {
		return expected(f.kind)
	}
	return nil
}

func expected(k kind) string {
	names := [...]string{"a string", "an integer", "a number", "a boolean", "an array", "a set", "a map", "a record"}
	return "expected " + names[k]
}

func (f *field) validateElements(value any) any {
	list, ok := value.([]any)
	if !ok {
		return expected(f.kind)
	}
	last := 0
	errs := make([]any, len(list))
	for i, item := range list {
		if item == nil {
			errs[i] = "required field missing"
		} else {
			errs[i] = f.elem.validate(item)
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

func (f *field) validateMap(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return expected(aMap)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if wrong := f.key.validate(name); wrong != nil {
			return wrong
		}
		if object[name] == nil {
			return "required field missing"
		}
		if wrong := f.elem.validate(object[name]); wrong != nil {
			return wrong
		}
	}
	return nil
}

func (f *field) validateRecord(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return expected(aRecord)
	}
	object, errs := f.record.fill(object, nil, inserting, nil)
	if errs == nil {
		errs = f.record.validate(object, nil, inserting)
	}
	if len(errs) > 0 {
		return errs
	}
	if f.record.custom != nil {
		if wrong := f.record.custom(object); wrong != "" {
			return wrong
		}
	}
	return nil
}

func (f *field) validateForeign(value any) any {
	object, _ := value.(map[string]any)
	wrong := ""
	if object["id"] == nil {
		wrong = "missing primary key"
	} else {
		wrong = isUUID(object["id"])
	}
	if wrong == "" {
		return nil
	}
	if f.to != nil { // what is wrong with the rest says more
		if errs := f.to.record.validate(object, nil, updating); len(errs) > 0 {
			return errs
		}
	}
	return map[string]any{"id": wrong}
}
