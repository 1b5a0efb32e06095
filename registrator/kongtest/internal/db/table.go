package db

import (
	"slices"
	"strings"
)

// Definition describes a table.
type Definition struct {
	Name       string
	Unique     []string // no two rows have the same value in one of these fields
	Together   []string // no two rows have the same values in all these fields; nil: no such rule
	References []Reference
	Encode     func(values map[string]any) []byte // returns the body of a row
}

// Reference is a field that refers to a row of a table.
type Reference struct {
	Field, Table string
	Cascade      bool // true: deleting the other row deletes this one; false: this row prevents it
}

// Table holds rows. The lists that its methods return are sorted by id.
type Table struct {
	Definition
	rows   map[string]*Row
	lists  map[string][]*Row // "": all rows; "service=<id>": those that refer to a row
	unique map[string]*Row   // "name=<name>", and "|" with the values of Together
}

// Get returns the row with an id. It is nil if there is none.
func (t *Table) Get(id string) *Row { return t.rows[id] }

// By returns the row with a value in a unique field. It is nil if there is none.
func (t *Table) By(field, value string) *Row { return t.unique[field+"="+value] }

// All returns all rows. The caller must not modify the list.
func (t *Table) All() []*Row { return t.lists[""] }

// Of returns the rows whose field refers to the row with an id. The caller must not modify the list.
func (t *Table) Of(field, id string) []*Row { return t.lists[field+"="+id] }

// newRow returns a row without storing it.
func (t *Table) newRow(id string, values map[string]any) *Row {
	row := &Row{ID: id, Values: values}
	row.unique, row.lists = t.uniqueKeys(row), t.listKeys(row)
	return row
}

func (t *Table) uniqueKeys(row *Row) []string {
	var keys []string
	if t.Together != nil {
		var key strings.Builder
		for _, name := range t.Together {
			key.WriteString("|" + row.Text(name) + row.Parent(name))
		}
		keys = append(keys, key.String())
	}
	for _, name := range t.Unique {
		if value := row.Text(name); value != "" {
			keys = append(keys, name+"="+value)
		}
	}
	return keys
}

func (t *Table) listKeys(row *Row) []string {
	keys := []string{""}
	for _, ref := range t.References {
		if id := row.Parent(ref.Field); id != "" {
			keys = append(keys, ref.Field+"="+id)
		}
	}
	return keys
}

// check returns an error if row conflicts with a row other than before, which it replaces.
func (t *Table) check(row, before *Row) error {
	if before == nil && t.rows[row.ID] != nil {
		return &PrimaryKeyError{Key: map[string]any{"id": row.ID}}
	}
	for _, key := range row.unique {
		if other := t.unique[key]; other == nil || other == before {
			continue
		}
		names := t.Together
		if name, _, isField := strings.Cut(key, "="); isField && !strings.HasPrefix(key, "|") {
			names = []string{name}
		}
		fields := make(map[string]any, len(names))
		for _, name := range names {
			fields[name] = row.Values[name]
		}
		return &UniqueError{Fields: fields}
	}
	return nil
}

// put stores a row in place of before, which may be nil.
func (t *Table) put(row, before *Row) {
	if before == nil || !slices.Equal(before.lists, row.lists) {
		if before != nil {
			t.remove(before)
		}
		t.add(row)
		return
	}
	t.rows[row.ID] = row
	t.index(row, before)
	for _, key := range row.lists {
		if i, found := slices.BinarySearchFunc(t.lists[key], row.ID, byID); found {
			t.lists[key][i] = row
		}
	}
}

func (t *Table) add(row *Row) {
	t.rows[row.ID] = row
	t.index(row, nil)
	for _, key := range row.lists {
		list := t.lists[key]
		i, _ := slices.BinarySearchFunc(list, row.ID, byID)
		t.lists[key] = slices.Insert(list, i, row)
	}
}

func (t *Table) remove(row *Row) {
	delete(t.rows, row.ID)
	t.index(nil, row)
	for _, key := range row.lists {
		list := t.lists[key]
		if i, found := slices.BinarySearchFunc(list, row.ID, byID); found {
			t.lists[key] = slices.Delete(list, i, i+1)
		}
		if key != "" && len(t.lists[key]) == 0 {
			delete(t.lists, key)
		}
	}
}

// index replaces the unique keys of before by those of row. In a replica, another row may already have one of the old keys.
func (t *Table) index(row, before *Row) {
	if before != nil {
		for _, key := range before.unique {
			if t.unique[key] == before {
				delete(t.unique, key)
			}
		}
	}
	if row != nil {
		for _, key := range row.unique {
			t.unique[key] = row
		}
	}
}
