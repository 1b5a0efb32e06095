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

// SchemaError says what is wrong with an entity: messages, or maps and lists of messages, by field.
type SchemaError struct {
	Fields map[string]any
}

func (e *SchemaError) Error() string { return fmt.Sprintf("entity: schema violation: %v", e.Fields) }

// UnresolvedError says that entities were named that do not exist, by the fields that name them.
type UnresolvedError struct {
	Fields map[string]Name
}

// Name names an entity of a collection.
type Name struct {
	Collection, Name string
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("entity: unresolved names: %v", e.Fields)
}

// NotFoundError says that there is no entity to update.
type NotFoundError struct {
	Key  map[string]any // what it was asked for by; nil: Kong does not tell
	ByID bool
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("entity: no entity with the key %v", e.Key)
}

// UnsupportedError says that a gateway without a database takes no writes of single entities.
type UnsupportedError struct {
	Operation, Collection string
	By                    string // the field that the entity was named by; "": the id, or none
}

func (e *UnsupportedError) Error() string {
	return "entity: cannot " + e.Operation + " " + e.Collection + " without a database"
}

// DeclarationError says what is wrong with a declarative configuration.
type DeclarationError struct {
	Messages map[string]string  // by collection, or other key of the configuration
	Entities map[string][]error // by collection and in order; nil for entities that are valid
}

func (e *DeclarationError) Error() string {
	return fmt.Sprintf("entity: invalid declaration: %v, %v", e.Messages, e.Entities)
}
