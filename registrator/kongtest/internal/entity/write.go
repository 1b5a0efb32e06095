package entity

import (
	"errors"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// Create stores a new entity. Its errors are those of this package and of db.Database.Save.
func (s *Store) Create(c *schema.Schema, in Input) (*db.Row, error) {
	if err := s.checkProtocols(c, in.Values); err != nil {
		return nil, err
	}
	values, err := s.prepare(c, in, schema.Inserting)
	if err != nil {
		return nil, err
	}
	if err := check(s.db, c, values, schema.Inserting); err != nil {
		return nil, err
	}
	if s.config.ReadOnly {
		return nil, &UnsupportedError{Operation: "create", Collection: c.Name}
	}
	return s.commit(c, values, nil, nil)
}

// Put replaces the entity with a key, or stores a new one if there is none.
func (s *Store) Put(c *schema.Schema, key string, in Input) (*db.Row, error) {
	before, err := s.Find(c, key)
	if err != nil {
		return nil, err
	}
	primary, byID := primaryKey(c, key)
	if byID {
		if err := s.checkProtocols(c, in.Values); err != nil {
			return nil, err
		}
	}
	values, err := s.prepare(c, in, schema.Upserting)
	if err != nil {
		return nil, err
	}
	if !byID {
		values[c.KeyField] = primary[c.KeyField]
	}
	if err := check(s.db, c, values, schema.Upserting); err != nil {
		return nil, err
	}
	if s.config.ReadOnly {
		return nil, unsupported("create or update", c, byID)
	}
	return s.commit(c, values, before, primary)
}

// Patch changes fields of the entity with a key. If there is none, the error is a *NotFoundError.
func (s *Store) Patch(c *schema.Schema, key string, in Input) (*db.Row, error) {
	before, err := s.Find(c, key)
	if err != nil {
		return nil, err
	}
	primary, byID := primaryKey(c, key)
	if c.Name == "plugins" && in.Values["name"] == nil { // the schema of config depends on the name
		if before == nil {
			return nil, &NotFoundError{}
		}
		in.Values["name"] = before.Values["name"]
	}
	if byID && before != nil {
		if err := s.checkProtocolsAfter(c, in.Values, before); err != nil {
			return nil, err
		}
	}
	values, err := s.prepare(c, in, schema.Updating)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, &NotFoundError{Key: primary, ByID: byID}
	}
	values = c.Merge(values, before.Values, c.VariantOf(before.Values))
	if err := check(s.db, c, values, schema.Updating); err != nil {
		return nil, err
	}
	if s.config.ReadOnly {
		return nil, unsupported("update", c, byID)
	}
	return s.commit(c, values, before, primary)
}

// Delete deletes the entity with a key, and those that cascade. It does nothing if there is none.
func (s *Store) Delete(c *schema.Schema, key string) error {
	row, err := s.Find(c, key)
	if row == nil || err != nil {
		return err
	}
	if s.config.ReadOnly {
		_, byID := primaryKey(c, key)
		return unsupported("remove", c, byID)
	}
	changes, err := s.db.Delete(s.Table(c.Name), row)
	if err == nil {
		s.config.Follower.Follow(changes...)
	}
	return err
}

func unsupported(operation string, c *schema.Schema, byID bool) error {
	by := c.KeyField
	if byID {
		by = ""
	}
	return &UnsupportedError{Operation: operation, Collection: c.Name, By: by}
}

// commit stores valid values and notifies the follower. Its parameters are those of save.
func (s *Store) commit(c *schema.Schema, values map[string]any, before *db.Row, key map[string]any) (*db.Row, error) {
	row, err := save(s.db, c, values, before, key)
	if err != nil {
		return nil, err
	}
	s.config.Follower.Follow(db.Change{Table: c.Name, ID: row.ID, Row: row})
	return row, nil
}

// save stores valid values in a database, in place of before if that is not nil. key is the key of the request; nil: the request
// has none.
func save(d *db.Database, c *schema.Schema, values map[string]any, before *db.Row, key map[string]any) (*db.Row, error) {
	id, _ := values["id"].(string)
	if named, ok := key["id"].(string); ok {
		id = named
	}
	if before != nil {
		id = before.ID
	}
	c.ReduceForeign(values)
	row, err := d.Save(d.Table(c.Name), strings.ToLower(id), values, before)
	if taken, ok := errors.AsType[*db.PrimaryKeyError](err); ok && key != nil {
		taken.Key = key
	}
	return row, err
}
