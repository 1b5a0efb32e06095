package kongtest

import "strconv"

// infer gives the values of a form the types of their fields.
func (r *record) infer(values map[string]any, v *variant) {
	for name, value := range values {
		kind := aString
		for i := range r.shorthands {
			if r.shorthands[i].name == name {
				kind = r.shorthands[i].kind
			}
		}
		f := r.at(name, v)
		if f == nil {
			f = &field{kind: kind}
		}
		values[name] = f.infer(value)
	}
}

func (f *field) infer(value any) any {
	text, isText := value.(string)
	if isText && text == "" {
		return nil
	}
	switch f.kind {
	case anInteger, aNumber:
		if n, err := strconv.ParseFloat(text, 64); isText && err == nil {
			return n
		}
	case aBoolean:
		if text == "true" || text == "false" {
			return text == "true"
		}
	case anArray, aSet:
		if isText {
			value = []any{text}
		}
		if items, ok := value.([]any); ok {
			for i := range items {
				items[i] = f.elem.infer(items[i])
			}
		}
	case aMap:
		if inner, ok := value.(map[string]any); ok {
			for name := range inner {
				inner[name] = f.elem.infer(inner[name])
			}
		}
	case aRecord:
		if inner, ok := value.(map[string]any); ok {
			f.record.infer(inner, nil)
		}
	}
	return value
}
