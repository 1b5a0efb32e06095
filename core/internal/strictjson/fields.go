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
	for level := map[reflect.Type]int{t: 1}; len(level) > 0; { // types, and how often each is embedded in this level
		found := map[string]*candidates{}
		next := map[reflect.Type]int{}
		for t, times := range level {
			if !visited[t] {
				visited[t] = true
				collect(t, times, found, next)
			}
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

// collect adds the fields of a struct to found, as often as the struct is embedded, and the structs that it embeds to embedded.
// Those count once, however often the struct itself is embedded: encoding/json finds a field of theirs, the first one.
func collect(t reflect.Type, times int, found map[string]*candidates, embedded map[reflect.Type]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" {
			continue
		}
		name := tagName(f.Tag.Get("json"))
		if f.Anonymous && name == "" {
			if inner := pointedTo(f.Type); inner.Kind() == reflect.Struct {
				embedded[inner]++
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
		list := &found[name].untagged
		if tagged {
			list = &found[name].tagged
		}
		for range times {
			*list = append(*list, f.Type)
		}
	}
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
