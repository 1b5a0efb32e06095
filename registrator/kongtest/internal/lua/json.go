package lua

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
)

// RawJSON is JSON that is already encoded.
type RawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r RawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// JSON encodes value as AppendJSON does.
func JSON(value any) []byte { return AppendJSON(nil, value) }

// AppendJSON appends the JSON encoding of value to dst. It encodes the types that package json decodes into without reflection,
// because a test may send tens of thousands of requests. Package json encodes all other types. AppendJSON panics if value cannot
// be encoded.
func AppendJSON(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		if v == float64(int64(v)) {
			return strconv.AppendInt(dst, int64(v), 10)
		}
		if math.Abs(v) < 1e15 { // Kong writes times with milliseconds without an exponent
			return strconv.AppendFloat(dst, v, 'f', -1, 64)
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case string:
		return AppendText(dst, v)
	case RawJSON:
		return append(dst, v...)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, item)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendText(dst, key), ':')
			dst = AppendJSON(dst, v[key])
		}
		return append(dst, '}')
	}
	return append(dst, encodeJSON(value)...)
}

// AppendText appends the JSON encoding of a string to dst.
func AppendText(dst []byte, text string) []byte {
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
		panic("kongtest: " + err.Error()) // not for values that were decoded from JSON or made by kongtest
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

// AppendMap appends the JSON encoding of a map to dst. An empty list in the map becomes an object, because an empty Lua table is
// both.
func AppendMap(dst []byte, values map[string]any) []byte {
	shown := make(map[string]any, len(values))
	for key, value := range values {
		if list, isList := value.([]any); isList && len(list) == 0 {
			value = map[string]any{}
		}
		shown[key] = value
	}
	return AppendJSON(dst, shown)
}
