package strictjson

import (
	"reflect"
	"strings"
	"unicode"
)

// fieldsOf returns the types of the fields into which encoding/json decodes an object, by their names in JSON. Of several fields
// with one name the least nested one counts, of those the only one with a tag, and if there are still several, none does.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	visited := map[reflect.Type]bool{}
	for level := []reflect.Type{t}; len(level) > 0; {
		found := map[string]*candidates{}
		var next []reflect.Type
		for _, t := range level {
			// A type that is embedded twice in one level has each of its fields twice, so level may contain it twice.
			if !visited[t] {
				next = append(next, collect(t, found)...)
			}
		}
		for _, t := range level {
			visited[t] = true
		}
		for name, c := range found {
			if _, hidden := fields[name]; !hidden {
				fields[name] = c.dominant()
			}
		}
		level = next
	}
	return fields
}

// candidates are the fields of one name in one level of embedding.
type candidates struct{ tagged, untagged []reflect.Type }

// dominant returns the type of the field that counts, or nil if the name is ambiguous.
func (c *candidates) dominant() reflect.Type {
	switch {
	case len(c.tagged) == 1:
		return c.tagged[0]
	case len(c.tagged) == 0 && len(c.untagged) == 1:
		return c.untagged[0]
	}
	return nil
}

// collect adds the fields of a struct to found, and returns the structs that it embeds.
func collect(t reflect.Type, found map[string]*candidates) (embedded []reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" {
			continue
		}
		name := tagName(f.Tag.Get("json"))
		if f.Anonymous && name == "" {
			if inner := pointedTo(f.Type); inner.Kind() == reflect.Struct {
				embedded = append(embedded, inner)
				continue
			}
		}
		if !f.IsExported() && (!f.Anonymous || pointedTo(f.Type).Kind() != reflect.Struct) {
			continue
		}
		tagged := name != ""
		if !tagged {
			name = f.Name
		}
		if found[name] == nil {
			found[name] = &candidates{}
		}
		if tagged {
			found[name].tagged = append(found[name].tagged, f.Type)
		} else {
			found[name].untagged = append(found[name].untagged, f.Type)
		}
	}
	return embedded
}

func pointedTo(t reflect.Type) reflect.Type {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// tagName returns the name in a tag, or "" if it has none that encoding/json takes.
func tagName(tag string) string {
	name, _, _ := strings.Cut(tag, ",")
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) {
			return ""
		}
	}
	return name
}
