package schema

import "strconv"

// Infer converts the values of a form, which are strings, to the types of their fields. It modifies values.
func (r *Record) Infer(values map[string]any, v *Variant) {
	for name, value := range values {
		kind := StringKind
		for i := range r.Shorthands {
			if r.Shorthands[i].Name == name {
				kind = r.Shorthands[i].Kind
			}
		}
		f := r.at(name, v)
		if f == nil {
			f = &Field{Kind: kind}
		}
		values[name] = f.infer(value)
	}
}

func (f *Field) infer(value any) any {
	text, isText := value.(string)
	if isText && text == "" {
		return nil
	}
	switch f.Kind {
	case IntegerKind, NumberKind:
		if n, err := strconv.ParseFloat(text, 64); isText && err == nil {
			return n
		}
	case BooleanKind:
		if text == "true" || text == "false" {
			return text == "true"
		}
	case ArrayKind, SetKind:
		if isText {
			value = []any{text}
		}
		if items, ok := value.([]any); ok {
			for i := range items {
				items[i] = f.Elem.infer(items[i])
			}
		}
	case MapKind:
		if inner, ok := value.(map[string]any); ok {
			for name := range inner {
				inner[name] = f.Elem.infer(inner[name])
			}
		}
	case RecordKind:
		if inner, ok := value.(map[string]any); ok {
			f.Record.Infer(inner, nil)
		}
	}
	return value
}
