package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// methods holds the handlers of a path by HTTP method.
type methods map[string]func(*call) *answer

// options returns the answer to OPTIONS.
func (m methods) options() *answer {
	names := append(slices.Sorted(maps.Keys(m)), http.MethodOptions)
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	sorted := make(map[string]bool)
	for _, name := range names {
		sorted[name] = true
	}
	list := strings.Join(slices.Sorted(maps.Keys(sorted)), ", ")
	return &answer{status: http.StatusNoContent, header: []string{
		"Allow", list, "Access-Control-Allow-Methods", list, "Access-Control-Allow-Headers", "Content-Type",
	}}
}

// only returns methods with one handler, or nil unless found.
func only(method string, do func(*call) *answer, found bool) methods {
	if !found {
		return nil
	}
	return methods{method: do}
}
