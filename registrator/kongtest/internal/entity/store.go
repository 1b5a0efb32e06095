// Package entity stores the entities of Kong's collections. It adds defaults to the values that clients send, validates them by
// the schemas and keeps them in a database. Its errors have types of this package or of package db. A Store is not safe for
// concurrent use.
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
	ReadOnly bool             // only Load changes entities
	NewID    func() string    // returns the id of a new entity
	Now      func() time.Time // the clock of created_at and updated_at
	Follower Follower         // is notified of every change
}

// Follower is notified of changes to the entities of a store.
type Follower interface {
	// Follow is called with the changes of one write.
	Follow(changes ...db.Change)
	// Swap is called when Load has replaced all entities. The changes turn the old entities into the new ones.
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

// Schema returns the schema of a collection. It is nil if there is none. A schema never changes, so it may be read concurrently.
func (s *Store) Schema(name string) *schema.Schema { return s.schemas[name] }

// Table returns the entities of a collection.
func (s *Store) Table(name string) *db.Table { return s.db.Table(name) }

// Tables returns the entities of all collections.
func (s *Store) Tables() []*db.Table { return s.db.Tables() }

// Find returns the entity of a collection with a key, which is an id or a value of the schema's key field. It returns nil if
// there is none. The error is ErrPrimaryKey or a *KeyError.
func (s *Store) Find(c *schema.Schema, key string) (*db.Row, error) {
	table := s.Table(c.Name)
	if uuid.Valid(key) {
		return table.Get(strings.ToLower(key)), nil
	}
	if c.KeyField == "" {
		return nil, ErrPrimaryKey
	}
	f := c.ByName[c.KeyField]
	if problem, ok := f.Validate(key).(string); ok {
		return nil, &KeyError{Field: f.Name, Why: problem}
	}
	return table.By(f.Name, key), nil
}

// primaryKey returns a key as the field and the value that it stands for. It reports whether the key is an id.
func primaryKey(c *schema.Schema, key string) (map[string]any, bool) {
	if uuid.Valid(key) {
		return map[string]any{"id": strings.ToLower(key)}, true
	}
	return map[string]any{c.KeyField: key}, false
}
