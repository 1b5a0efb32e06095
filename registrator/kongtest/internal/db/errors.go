package db

import "fmt"

// PrimaryKeyError reports that a row with the same id exists.
type PrimaryKeyError struct {
	Key map[string]any // the key of the row
}

func (e *PrimaryKeyError) Error() string {
	return fmt.Sprintf("db: a row with the key %v already exists", e.Key)
}

// UniqueError reports that another row has the same values in fields that are unique, each by itself or together.
type UniqueError struct {
	Fields map[string]any
}

func (e *UniqueError) Error() string {
	return fmt.Sprintf("db: a row with the values %v already exists", e.Fields)
}

// ForeignKeyError reports that a row refers to a row that does not exist.
type ForeignKeyError struct {
	Field, ID string // the field and the id in it
	Table     string // the table that has no such row
}

func (e *ForeignKeyError) Error() string {
	return fmt.Sprintf("db: %s refers to %s, which is not in %s", e.Field, e.ID, e.Table)
}

// ReferencedError reports that a row cannot be deleted, because rows of another table refer to it.
type ReferencedError struct {
	Table, By string // the table of the row, and of those that refer to it
}

func (e *ReferencedError) Error() string {
	return fmt.Sprintf("db: rows of %s refer to the row of %s", e.By, e.Table)
}
