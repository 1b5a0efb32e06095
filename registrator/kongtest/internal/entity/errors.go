package entity

import (
	"errors"
	"fmt"
)

var (
	// ErrPrimaryKey reports that a key is not a UUID, in a collection that has no other keys.
	ErrPrimaryKey = errors.New("entity: the key is not a UUID")
	// ErrTarget reports that the address of a target is not a string. Kong answers it with an internal error.
	ErrTarget = errors.New("entity: the target is not a string")
)

// KeyError reports that a key is not a valid value of the key field.
type KeyError struct {
	Field, Why string
}

func (e *KeyError) Error() string { return "entity: invalid " + e.Field + ": " + e.Why }

// SchemaError reports that an entity is not valid.
type SchemaError struct {
	Fields map[string]any // Kong's messages by field; a map or a list holds the messages about the inside of a field
}

func (e *SchemaError) Error() string { return fmt.Sprintf("entity: schema violation: %v", e.Fields) }

// UnresolvedError reports that fields refer to entities by names that do not exist.
type UnresolvedError struct {
	Fields map[string]Name // by field
}

// Name is the name of an entity of a collection.
type Name struct {
	Collection, Name string
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("entity: unresolved names: %v", e.Fields)
}

// NotFoundError reports that the entity to update does not exist.
type NotFoundError struct {
	Key  map[string]any // the key of the request; nil: Kong does not show it
	ByID bool
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("entity: no entity with the key %v", e.Key)
}

// UnsupportedError reports that the store is read-only.
type UnsupportedError struct {
	Operation, Collection string
	By                    string // the field of the key; "": the id, or no key
}

func (e *UnsupportedError) Error() string {
	return "entity: cannot " + e.Operation + " " + e.Collection + ": the store is read-only"
}

// DeclarationError reports that a declarative configuration is not valid.
type DeclarationError struct {
	Messages map[string]string  // by collection, or by another key of the configuration
	Entities map[string][]error // by collection, in order; nil for entities that are valid
}

func (e *DeclarationError) Error() string {
	return fmt.Sprintf("entity: invalid declaration: %v, %v", e.Messages, e.Entities)
}
