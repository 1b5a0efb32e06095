package db

import "fmt"

// PrimaryKeyError says that there is a row of the same id.
type PrimaryKeyError struct {
	Key map[string]any // the key of the row
}

func (e *PrimaryKeyError) Error() string {
	return fmt.Sprintf("db: a row with the key %v exists", e.Key)
}

// UniqueError says that another row has the same values in fields that are unique, alone or together.
type UniqueError struct {
	Fields map[string]any
}

func (e *UniqueError) Error() string {
	return fmt.Sprintf("db: a row with the values %v exists", e.Fields)
}

// ForeignKeyError says that a row refers to one that does not exist.
type ForeignKeyError struct {
	Field, ID string // the reference
	Table     string // the table that it refers to
}

func (e *ForeignKeyError) Error() string {
	return fmt.Sprintf("db: %s refers to %s, which is not in %s", e.Field, e.ID, e.Table)
}

// ReferencedError says that a row cannot be deleted, because rows of another table refer to it.
type ReferencedError struct {
	Table, By string
}

func (e *ReferencedError) Error() string {
	return fmt.Sprintf("db: rows of %s refer to the row of %s", e.By, e.Table)
}
