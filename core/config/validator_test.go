package config_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// validator checks values by the part of JSON Schema that the schema of this package uses. Another keyword fails the test.
type validator struct {
	t    testing.TB
	root map[string]any
}

func newValidator(t testing.TB, schema []byte) *validator {
	v := &validator{t: t}
	require.NoError(t, json.Unmarshal(schema, &v.root))
	return v
}

// accepts reports whether the schema accepts a text, or the first keyword that does not.
func (v *validator) accepts(text []byte) (bool, string) {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return false, "not JSON"
	}
	why := v.check(value, v.root, "")
	return why == "", why
}

// check returns the place and the keyword that refuse a value, or "".
func (v *validator) check(value, schema any, place string) string {
	if allowed, ok := schema.(bool); ok {
		if allowed {
			return ""
		}
		return place + ": false"
	}
	s := schema.(map[string]any)
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		if why := v.keyword(value, s, keyword, place); why != "" {
			return why
		}
	}
	return ""
}

func (v *validator) keyword(value any, s map[string]any, keyword, place string) string {
	arg := s[keyword]
	ok := true
	switch keyword {
	case "$schema", "title", "description", "$defs", "then":
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return v.check(value, v.root["$defs"].(map[string]any)[name], place)
	case "type":
		ok = hasType(value, arg)
	case "const":
		ok = reflect.DeepEqual(value, arg)
	case "enum":
		ok = slices.ContainsFunc(arg.([]any), func(one any) bool { return reflect.DeepEqual(value, one) })
	case "minLength":
		text, is := value.(string)
		ok = !is || utf8.RuneCountInString(text) >= int(arg.(float64))
	case "pattern":
		text, is := value.(string)
		ok = !is || regexp.MustCompile(arg.(string)).MatchString(text)
	case "minimum":
		number, is := value.(float64)
		ok = !is || number >= arg.(float64)
	case "maximum":
		number, is := value.(float64)
		ok = !is || number <= arg.(float64)
	case "minItems":
		list, is := value.([]any)
		ok = !is || len(list) >= int(arg.(float64))
	case "items":
		list, _ := value.([]any)
		for i, item := range list {
			if why := v.check(item, arg, fmt.Sprintf("%s[%d]", place, i)); why != "" {
				return why
			}
		}
	case "anyOf", "oneOf":
		count := 0
		for _, one := range arg.([]any) {
			if v.check(value, one, place) == "" {
				count++
			}
		}
		ok = count == 1 || count > 1 && keyword == "anyOf"
	case "not":
		ok = v.check(value, arg, place) != ""
	case "if":
		if v.check(value, arg, place) == "" {
			return v.check(value, s["then"], place)
		}
	default:
		return v.members(value, s, keyword, place)
	}
	if !ok {
		return place + ": " + keyword
	}
	return ""
}

// members checks the keywords for objects.
func (v *validator) members(value any, s map[string]any, keyword, place string) string {
	object, is := value.(map[string]any)
	properties, _ := s["properties"].(map[string]any)
	patterns, _ := s["patternProperties"].(map[string]any)
	switch keyword {
	case "required":
		for _, name := range s[keyword].([]any) {
			if _, has := object[name.(string)]; is && !has {
				return place + ": required " + name.(string)
			}
		}
	case "dependentRequired":
		for name, needed := range s[keyword].(map[string]any) {
			if _, has := object[name]; has {
				for _, other := range needed.([]any) {
					if _, has := object[other.(string)]; !has {
						return place + ": " + name + " needs " + other.(string)
					}
				}
			}
		}
	case "properties":
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if property, known := properties[name]; known {
				if why := v.check(object[name], property, place+"."+name); why != "" {
					return why
				}
			}
		}
	case "patternProperties", "additionalProperties":
		for name := range object {
			_, known := properties[name]
			for pattern := range patterns {
				known = known || regexp.MustCompile(pattern).MatchString(name)
			}
			if !known && s["additionalProperties"] == false {
				return place + ": additionalProperties"
			}
		}
	default:
		v.t.Errorf("the validator does not know the keyword %s", keyword)
	}
	return ""
}

func hasType(value, types any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return hasType(value, one) })
	}
	switch x := value.(type) {
	case nil:
		return types == "null"
	case bool:
		return types == "boolean"
	case string:
		return types == "string"
	case float64:
		return types == "number" || types == "integer" && x == math.Trunc(x)
	case []any:
		return types == "array"
	case map[string]any:
		return types == "object"
	}
	return false
}
