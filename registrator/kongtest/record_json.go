package kongtest

import (
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// appendRecord writes the fields of a record in their order. It adds the defaults of what an update left out, and the old
// names of fields.
func (r *record) appendRecord(dst []byte, values map[string]any, v *variant) []byte {
	dst = append(dst, '{')
	first := len(dst)
	name := func(name string) {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(lua.AppendText(dst, name), ':')
	}
	for i := range r.fields {
		f := r.at(r.fields[i].name, v)
		value, given := values[f.name]
		if !given || value == nil && f.required {
			if value, given, _ = f.fill(nil, false, inserting); !given {
				continue
			}
		}
		name(f.name)
		inner, isObject := value.(map[string]any)
		switch {
		case isObject && f.kind == aRecord:
			dst = f.record.appendRecord(dst, inner, nil)
		case isObject && f.kind == aMap:
			dst = lua.AppendMap(dst, inner)
		default:
			dst = lua.AppendJSON(dst, value)
		}
	}
	for _, s := range r.shadows {
		name(s.name)
		dst = lua.AppendJSON(dst, at(values, s.path[0]+"."+s.path[1]))
	}
	return append(dst, '}')
}
