package registrator

import (
	"encoding/json"
	"slices"
	"strings"
)

// contains reports whether have, a value of the gateway, satisfies want. A record may have more fields, since gateways fill in
// defaults; a list may not have more items. An empty list or record equals none, since Kong writes either. Every record
// satisfies an empty one.
func contains(have, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		ok = ok || len(w) == 0 && isEmpty(have)
		for name, value := range w {
			ok = ok && contains(h[name], value)
		}
		return ok
	case []any:
		h, ok := have.([]any)
		if len(w) == 0 {
			return isEmpty(have)
		}
		return ok && (slices.EqualFunc(h, w, contains) || slices.EqualFunc(h, unique(w), contains))
	case json.Number:
		h, ok := have.(json.Number)
		return ok && sameNumber(h, w)
	}
	return have == want
}

func sameNumber(a, b json.Number) bool {
	x, err := a.Float64()
	y, err2 := b.Float64()
	return a == b || err == nil && err2 == nil && x == y
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// unique returns list without repetitions, as Kong stores a set.
func unique(list []any) []any {
	var set []any
	for _, item := range list {
		if !slices.ContainsFunc(set, func(seen any) bool { return contains(seen, item) && contains(item, seen) }) {
			set = append(set, item)
		}
	}
	return set
}

// sameSet reports whether two lists of strings are equal as sets. Kong drops repetitions.
func sameSet(have, want any) bool {
	h, w := stringsOf(have), stringsOf(want)
	slices.Sort(h)
	slices.Sort(w)
	return slices.Equal(slices.Compact(h), slices.Compact(w))
}

// sameHeaders reports whether the headers of two routes are equal: names in any case, values as sets.
func sameHeaders(have, want any) bool {
	h, w := headersOf(have), headersOf(want)
	if len(h) != len(w) {
		return false
	}
	for name, values := range w {
		if _, ok := h[name]; !ok || !sameSet(h[name], values) {
			return false
		}
	}
	return true
}

func headersOf(value any) map[string]any {
	headers := map[string]any{}
	m, _ := value.(map[string]any)
	for name, values := range m {
		headers[strings.ToLower(name)] = values
	}
	return headers
}

func stringsOf(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// jsonValue returns a Go value after encoding it as JSON and decoding it.
func jsonValue(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	return v, d.Decode(&v)
}
