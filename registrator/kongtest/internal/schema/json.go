package schema

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"

// AppendJSON appends the JSON encoding of a record to dst, with its fields in order. It adds the defaults of fields that have no
// value, and the former names of fields.
func (r *Record) AppendJSON(dst []byte, values map[string]any, v *Variant) []byte {
	dst = append(dst, '{')
	first := len(dst)
	name := func(name string) {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(lua.AppendText(dst, name), ':')
	}
	for i := range r.Fields {
		f := r.at(r.Fields[i].Name, v)
		value, given := values[f.Name]
		if !given || value == nil && f.Required {
			if value, given, _ = f.fill(nil, false, Inserting); !given {
				continue
			}
		}
		name(f.Name)
		inner, isObject := value.(map[string]any)
		switch {
		case isObject && f.Kind == RecordKind:
			dst = f.Record.AppendJSON(dst, inner, nil)
		case isObject && f.Kind == MapKind:
			dst = lua.AppendMap(dst, inner)
		default:
			dst = lua.AppendJSON(dst, value)
		}
	}
	for _, s := range r.Shadows {
		name(s.Name)
		dst = lua.AppendJSON(dst, Lookup(values, s.Path[0]+"."+s.Path[1]))
	}
	return append(dst, '}')
}
