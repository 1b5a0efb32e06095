package entity

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// Targets returns the targets of an upstream, the latest first.
func (s *Store) Targets(upstream *db.Row) []*db.Row {
	list := slices.Clone(s.Table("targets").Of("upstream", upstream.ID))
	slices.SortFunc(list, latestFirst)
	return list
}

func latestFirst(a, b *db.Row) int {
	return cmp.Or(cmp.Compare(b.Number("created_at"), a.Number("created_at")), strings.Compare(b.ID, a.ID))
}

// Target returns the latest target of an upstream with an address. It is nil if there is none.
func (s *Store) Target(upstream *db.Row, address string) *db.Row {
	var latest *db.Row
	for _, row := range s.Table("targets").Of("upstream", upstream.ID) {
		if row.Text("target") == address && (latest == nil || latestFirst(row, latest) < 0) {
			latest = row
		}
	}
	return latest
}

// CreateTarget stores a new target of an upstream. If update is set and the upstream has a target with the same address, it
// updates that target instead and reports updated.
func (s *Store) CreateTarget(upstream *db.Row, in Input, update bool) (row *db.Row, updated bool, err error) {
	targets := s.Schema("targets")
	if address, ok := in.Values["target"].(string); ok && update {
		if row := s.Target(upstream, address); row != nil {
			row, err := s.Patch(targets, row.ID, in)
			return row, true, err
		}
	}
	in.Values["upstream"] = map[string]any{"id": upstream.ID}
	if err := formatTarget(in.Values); err != nil {
		return nil, false, err
	}
	address, _ := in.Values["target"].(string)
	if update && s.Target(upstream, address) != nil {
		return nil, false, &db.UniqueError{Fields: map[string]any{"target": address}}
	}
	row, err = s.Create(targets, in)
	return row, false, err
}

// formatTarget converts the address of a target to the form in which it is stored.
func formatTarget(values map[string]any) error {
	value, given := values["target"]
	if !given {
		return nil
	}
	text, ok := value.(string)
	if n, isNumber := value.(float64); isNumber {
		text, ok = strconv.FormatFloat(n, 'f', -1, 64), true
	}
	if !ok {
		return ErrTarget
	}
	parsed, problem := uri.ParseAddress(text)
	if problem != "" {
		return &SchemaError{Fields: map[string]any{"target": "Invalid target; not a valid hostname or ip address"}}
	}
	values["target"] = parsed.String()
	return nil
}
