package claims

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// appendItems appends the items in value to list. It reports false for a value in none of the forms, which has no items. An empty
// value has none in any form.
func appendItems(list []string, value string, form Form) ([]string, bool) {
	switch value[0] {
	case '[':
		if form&Array != 0 {
			all, ok := strictjson.Strings(list, value)
			return dropEmpty(all, len(list)), ok
		}
	case '{':
		if form&Keys != 0 {
			return appendKeys(list, value, form), true
		}
	case '"':
		text, _ := strictjson.String(value)
		switch {
		case form&(Spaces|Commas) != 0:
			return appendSplit(list, text, form), true
		case form&Word != 0 && text != "":
			return append(list, text), true
		}
	}
	return list, isEmpty(value)
}

// appendSplit splits a text at the separators of form, and appends the items to list. Other separators do not split, so that a
// text does not grant more than its issuer meant.
func appendSplit(list []string, text string, form Form) []string {
	for text != "" {
		end := 0
		for end < len(text) && !separates(text[end], form) {
			end++
		}
		if item := strings.Trim(text[:end], " "); item != "" {
			list = append(list, item)
		}
		text = text[min(end+1, len(text)):]
	}
	return list
}

func separates(c byte, form Form) bool {
	return c == ' ' && form&Spaces != 0 || c == ',' && form&Commas != 0
}

// appendKeys appends the names in an object whose value has one of the forms TrueKeys and ObjectKeys.
func appendKeys(list []string, value string, form Form) []string {
	before := list
	err := strictjson.Object(value, func(name, value string) error {
		isTrue, isObject := value == "true", value[0] == '{' && !isEmpty(value)
		if name != "" && (isTrue && form&TrueKeys != 0 || isObject && form&ObjectKeys != 0) {
			list = append(list, name)
		}
		return nil
	})
	if err != nil {
		return before
	}
	return list
}

// dropKnown removes the items of list[from:], which are those of one place, that another place had before.
func dropKnown(list []string, from int) []string {
	if from == 0 {
		return list
	}
	kept := list[:from]
	for _, item := range list[from:] {
		if !slices.Contains(list[:from], item) {
			kept = append(kept, item)
		}
	}
	return kept
}

// isEmpty reports whether a value is null, or an empty string, array or object.
func isEmpty(value string) bool {
	switch value[0] {
	case '"':
		return len(value) == 2
	case '[', '{':
		return strings.Trim(value[1:len(value)-1], " \t\r\n") == ""
	}
	return value == "null"
}

// AppendStrings appends a string, or the strings of an array, to list. It keeps empty strings.
func AppendStrings(list []string, value string) ([]string, bool) {
	if s, ok := strictjson.String(value); ok {
		return append(list, s), true
	}
	return strictjson.Strings(list, value)
}

// dropEmpty removes the empty strings from list[from:].
func dropEmpty(list []string, from int) []string {
	kept := list[:from]
	for _, s := range list[from:] {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
