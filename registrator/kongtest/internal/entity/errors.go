package entity

import (
	"errors"
	"fmt"
)

var (
	// ErrPrimaryKey says that a key is not a UUID, and that the collection has no other keys.
	ErrPrimaryKey = errors.New("entity: the key is not a UUID")
	// ErrTarget says that the address of a target is not text. Kong fails on it.
	ErrTarget = errors.New("entity: the target is not text")
)

// KeyError says that a key cannot be the value of the field that it stands for.
type KeyError struct {
	Field, Why string
}

func (e *KeyError) Error() string { return "entity: bad " + e.Field + ": " + e.Why }

// SchemaError says that an entity is not valid.
type SchemaError struct {
	Fields map[string]any // Kong's messages by field; maps and lists of messages for what is inside a field
}

func (e *SchemaError) Error() string { return fmt.Sprintf("entity: schema violation: %v", e.Fields) }

// UnresolvedError says that fields refer to entities by names that do not exist.
type UnresolvedError struct {
	Fields map[string]Name
}

// Name is the name of an entity of a collection.
type Name struct {
	Collection, Name string
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("entity: unresolved names: %v", e.Fields)
}

// NotFoundError says that there is no entity to update.
type NotFoundError struct {
	Key  map[string]any // the key of the request; nil: Kong does not show it
	ByID bool
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("entity: no entity with the key %v", e.Key)
}

// UnsupportedError says that a store is read-only.
type UnsupportedError struct {
	Operation, Collection string
	By                    string // the field of the key; "": the id, or no key
}

func (e *UnsupportedError) Error() string {
	return "entity: cannot " + e.Operation + " " + e.Collection + ": the store is read-only"
}

// DeclarationError says that a declarative configuration is not valid.
type DeclarationError struct {
	Messages map[string]string  // by collection or other key of the configuration
	Entities map[string][]error // by collection, in order; nil for entities that are valid
}

func (e *DeclarationError) Error() string {
	return fmt.Sprintf("entity: invalid declaration: %v, %v", e.Messages, e.Entities)
}
