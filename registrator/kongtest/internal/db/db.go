// Package db is an in-memory database: tables with unique values, and references between their rows. It does not know what the
// rows mean or who uses them. A Database is not safe for concurrent use.
package db

import (
	"maps"
	"slices"
)

// Change is a row that was stored or deleted.
type Change struct {
	Table, ID string
	Row       *Row // nil: the row was deleted
}

// Database is a set of tables.
type Database struct {
	names  []string // of the tables, in the order of their definitions
	tables map[string]*Table
	newID  func() string
}

// New returns an empty database. newID returns the id of a row that is saved without one.
func New(definitions []Definition, newID func() string) *Database {
	d := &Database{tables: make(map[string]*Table), newID: newID}
	for _, def := range definitions {
		d.names = append(d.names, def.Name)
		d.tables[def.Name] = &Table{Definition: def, rows: make(map[string]*Row), lists: make(map[string][]*Row),
			unique: make(map[string]*Row)}
	}
	return d
}

// Table returns the table with a name. It is nil if there is none.
func (d *Database) Table(name string) *Table { return d.tables[name] }

// Tables returns all tables in the order of their definitions.
func (d *Database) Tables() []*Table {
	all := make([]*Table, len(d.names))
	for i, name := range d.names {
		all[i] = d.tables[name]
	}
	return all
}

// Save stores values in a table as a new row, or in place of before if that is not nil. If id is empty, the row gets a new id. A
// Save that fails uses up no id. The error is a *PrimaryKeyError, a *UniqueError or a *ForeignKeyError.
func (d *Database) Save(t *Table, id string, values map[string]any, before *Row) (*Row, error) {
	row := t.newRow(id, values)
	if err := t.check(row, before); err != nil {
		return nil, err
	}
	for _, ref := range t.References {
		id := row.Parent(ref.Field)
		if id == "" {
			continue
		}
		if to := d.tables[ref.Table]; to == nil || to.rows[id] == nil {
			return nil, &ForeignKeyError{Field: ref.Field, ID: id, Table: ref.Table}
		}
	}
	if row.ID == "" {
		row.ID = d.newID()
	}
	values["id"] = row.ID
	row.Body = t.Encode(values)
	t.put(row, before)
	return row, nil
}

// Delete deletes a row of a table and, where a Reference cascades, the rows that refer to it. It returns all deletions, that of
// the row last. If another row refers to one of them and does not cascade, nothing is deleted and the error is a
// *ReferencedError.
func (d *Database) Delete(t *Table, row *Row) ([]Change, error) {
	if err := d.checkDelete(t, row); err != nil {
		return nil, err
	}
	return d.delete(t, row), nil
}

// checkDelete returns a *ReferencedError if row cannot be deleted.
func (d *Database) checkDelete(t *Table, row *Row) error {
	for _, name := range slices.Sorted(maps.Keys(d.tables)) {
		child := d.tables[name]
		for _, ref := range child.References {
			if ref.Table != t.Name {
				continue
			}
			rows := child.Of(ref.Field, row.ID)
			if !ref.Cascade && len(rows) > 0 {
				return &ReferencedError{Table: t.Name, By: name}
			}
			for _, one := range rows {
				if err := d.checkDelete(child, one); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *Database) delete(t *Table, row *Row) []Change {
	var changes []Change
	for _, child := range d.Tables() {
		for _, ref := range child.References {
			if ref.Table != t.Name {
				continue
			}
			for _, one := range slices.Clone(child.Of(ref.Field, row.ID)) {
				changes = append(changes, d.delete(child, one)...)
			}
		}
	}
	t.remove(row)
	return append(changes, Change{Table: t.Name, ID: row.ID})
}

// Apply makes a change that was made to another database. It checks nothing, because a replica may be behind in one table but not
// in another.
func (d *Database) Apply(c Change) {
	t := d.tables[c.Table]
	before := t.rows[c.ID]
	switch {
	case c.Row != nil:
		t.put(c.Row, before)
	case before != nil:
		t.remove(before)
	}
}

// Replacing returns the changes that turn the rows of before into those of after. Both databases have the same tables.
func Replacing(before, after *Database) []Change {
	var changes []Change
	for _, name := range before.names {
		for _, row := range before.tables[name].All() {
			if after.tables[name].rows[row.ID] == nil {
				changes = append(changes, Change{Table: name, ID: row.ID})
			}
		}
		for _, row := range after.tables[name].All() {
			changes = append(changes, Change{Table: name, ID: row.ID, Row: row})
		}
	}
	return changes
}
