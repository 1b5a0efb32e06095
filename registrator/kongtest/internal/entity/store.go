// Package entity stores the entities of Kong's collections. It fills and validates what clients send by the schemas, and keeps
// it in a database. Errors are values, of types of this package or of package db. A Store is not safe for concurrent use.
package entity

import (
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Config describes a Store.
type Config struct {
	V3       bool             // the schemas are those of Kong 3, not of Kong 2
	ReadOnly bool             // only Load changes anything
	NewID    func() string    // makes the ids of new entities
	Now      func() time.Time // the clock of created_at and updated_at
	Follower Follower         // is told of every change
}

// Follower repeats what happens to the entities of a store.
type Follower interface {
	// Follow is called with the changes of one write.
	Follow(changes ...db.Change)
	// Swap is called when Load has replaced all entities. The changes lead from the old ones to the new ones.
	Swap(changes ...db.Change)
}

// Store holds all entities.
type Store struct {
	config  Config
	schemas map[string]*schema.Schema
	db      *db.Database
}

// New returns an empty store.
func New(config Config) *Store {
	s := &Store{config: config, schemas: make(map[string]*schema.Schema)}
	for _, one := range collection.Schemas(config.V3) {
		s.schemas[one.Name] = one
	}
	s.db = s.newDatabase()
	return s
}

func (s *Store) newDatabase() *db.Database {
	return db.New(collection.Definitions(s.config.V3), s.config.NewID)
}

// Schema returns the schema of a collection, nil if there is none. It never changes, and may be read at any time.
func (s *Store) Schema(name string) *schema.Schema { return s.schemas[name] }

// Table returns the entities of a collection.
func (s *Store) Table(name string) *db.Table { return s.db.Table(name) }

// Tables returns the entities of all collections.
func (s *Store) Tables() []*db.Table { return s.db.Tables() }

// Find returns the entity of a collection that a key names, which is an id or the value of the schema's key field. It is nil
// if there is none. The error is ErrPrimaryKey or a *KeyError.
func (s *Store) Find(c *schema.Schema, key string) (*db.Row, error) {
	table := s.Table(c.Name)
	if uuid.Valid(key) {
		return table.Get(strings.ToLower(key)), nil
	}
	if c.KeyField == "" {
		return nil, ErrPrimaryKey
	}
	f := c.ByName[c.KeyField]
	if wrong, ok := f.Validate(key).(string); ok {
		return nil, &KeyError{Field: f.Name, Why: wrong}
	}
	return table.By(f.Name, key), nil
}

// primaryKey returns the field and the value that a key stands for, and whether it is an id.
func primaryKey(c *schema.Schema, key string) (map[string]any, bool) {
	if uuid.Valid(key) {
		return map[string]any{"id": strings.ToLower(key)}, true
	}
	return map[string]any{c.KeyField: key}, false
}
