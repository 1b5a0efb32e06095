package kongtest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// rawJSON is JSON that is written as it is.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

func toJSON(value any) []byte { return appendJSON(nil, value) }

// appendJSON writes what JSON is decoded into, without reflection: a test may make ten thousands of requests.
func appendJSON(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		if v == float64(int64(v)) {
			return strconv.AppendInt(dst, int64(v), 10)
		}
		if math.Abs(v) < 1e15 { // times with milliseconds have no exponent in Kong
			return strconv.AppendFloat(dst, v, 'f', -1, 64)
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case string:
		return appendText(dst, v)
	case rawJSON:
		return append(dst, v...)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, key), ':')
			dst = appendJSON(dst, v[key])
		}
		return append(dst, '}')
	}
	return append(dst, encodeJSON(value)...)
}

func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(dst, encodeJSON(text)...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

func encodeJSON(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("kongtest: " + err.Error()) // all values came from JSON or are made here
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

// appendMap writes a map. An empty list in it is an object, as an empty Lua table is to Kong.
func appendMap(dst []byte, values map[string]any) []byte {
	shown := make(map[string]any, len(values))
	for key, value := range values {
		if list, isList := value.([]any); isList && len(list) == 0 {
			value = map[string]any{}
		}
		shown[key] = value
	}
	return appendJSON(dst, shown)
}

// appendRecord writes the fields of a record in their order. It adds the defaults of what an update left out, and the old
// names of fields.
func (r *record) appendRecord(dst []byte, values map[string]any, v *variant) []byte {
	dst = append(dst, '{')
	first := len(dst)
	name := func(name string) {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, name), ':')
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
			dst = appendMap(dst, inner)
		default:
			dst = appendJSON(dst, value)
		}
	}
	for _, s := range r.shadows {
		name(s.name)
		dst = appendJSON(dst, at(values, s.path[0]+"."+s.path[1]))
	}
	return append(dst, '}')
}
