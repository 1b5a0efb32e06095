package strictjson

import (
	"encoding"
	"encoding/json"
	"reflect"
)

// Unmarshal decodes a value into v, a pointer to a zero value, as [json.Unmarshal] does, but a member of an object is decoded
// into a field of a struct only if its name is exactly that of the field, at any depth. json.Unmarshal ignores case. It is never
// shown the members that no field has. A type with a method UnmarshalJSON or UnmarshalText decodes itself and compares names as
// it likes.
//
// v must be zero, because json.Unmarshal also decodes into a pointer that an interface holds, whose type is not known before.
func Unmarshal(value string, v any) error {
	text, err := appendKnown(nil, value, reflect.TypeOf(v))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// appendKnown appends a value to text, without the members of objects that have no field in t.
func appendKnown(text []byte, value string, t reflect.Type) ([]byte, error) {
	for ; t.Kind() == reflect.Pointer && !decodesItself(t); t = t.Elem() {
	}
	switch kind := t.Kind(); {
	case decodesItself(t) || value == "":
	case value[0] == '{' && kind == reflect.Struct:
		fields := fieldsOf(t)
		return appendMembers(text, value, func(name string) reflect.Type { return fields[name] })
	case value[0] == '{' && kind == reflect.Map:
		return appendMembers(text, value, func(string) reflect.Type { return t.Elem() })
	case value[0] == '[' && (kind == reflect.Slice || kind == reflect.Array):
		return appendElements(text, value, t.Elem())
	}
	return append(text, value...), nil
}

// appendMembers appends an object to text, without the members for whose name typeOf returns nil.
func appendMembers(text []byte, value string, typeOf func(name string) reflect.Type) ([]byte, error) {
	text = append(text, '{')
	separator := ""
	err := Object(value, func(name, value string) (err error) {
		t := typeOf(name)
		if t == nil {
			return nil
		}
		text = append(text, separator...)
		text = append(appendString(text, name), ':')
		separator = ","
		text, err = appendKnown(text, value, t)
		return err
	})
	return append(text, '}'), err
}

// appendString appends a JSON string to text. A string always marshals.
func appendString(text []byte, s string) []byte {
	quoted, _ := json.Marshal(s)
	return append(text, quoted...)
}

// appendElements appends an array to text.
func appendElements(text []byte, value string, t reflect.Type) ([]byte, error) {
	text = append(text, '[')
	separator := ""
	s := scanner{data: value}
	err := s.array(1, func(element string) (err error) {
		text = append(text, separator...)
		separator = ","
		text, err = appendKnown(text, element, t)
		return err
	})
	return append(text, ']'), err
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decodesItself reports whether json.Unmarshal calls a method of t, or of a pointer to t.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Implements(jsonUnmarshaler) || p.Implements(jsonUnmarshaler) ||
		t.Implements(textUnmarshaler) || p.Implements(textUnmarshaler)
}
