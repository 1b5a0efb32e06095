package entity

import (
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// Input holds the values that a client sends for an entity. Writes modify the map.
type Input struct {
	Values map[string]any
	Form   bool // the values come from a form, so they are strings
}

// Validate returns a *SchemaError if values are not valid for a new entity. It neither resolves names nor looks up other
// entities.
func (s *Store) Validate(c *schema.Schema, values map[string]any) error {
	values, errs := c.Fill(values, c.VariantOf, schema.Inserting, nil)
	if errs == nil {
		errs = c.Validate(values, schema.Inserting)
	}
	if len(errs) > 0 {
		return &SchemaError{Fields: errs}
	}
	return nil
}

// prepare returns the values for a write: it converts the strings of a form, and adds defaults and times.
func (s *Store) prepare(c *schema.Schema, in Input, mode schema.Mode) (map[string]any, error) {
	if in.Form {
		c.Infer(in.Values, c.VariantOf(in.Values))
	}
	now := s.config.Now()
	values, errs := c.Fill(in.Values, c.VariantOf, mode, &now)
	if errs != nil {
		return nil, &SchemaError{Fields: errs}
	}
	return values, nil
}

// check resolves the names of other entities in d, and validates the values.
func check(d *db.Database, c *schema.Schema, values map[string]any, mode schema.Mode) error {
	if err := resolve(d, c, values); err != nil {
		return err
	}
	if errs := c.Validate(values, mode); len(errs) > 0 {
		return &SchemaError{Fields: errs}
	}
	return nil
}

// resolve replaces {"name": …} in foreign fields by the id of the entity with that name.
func resolve(d *db.Database, c *schema.Schema, values map[string]any) error {
	unknown := make(map[string]Name)
	for _, f := range c.Foreign {
		object, _ := values[f.Name].(map[string]any)
		if object == nil || f.ValidateForeign(object) == nil {
			continue
		}
		name, ok := f.NameIn(object)
		if !ok {
			continue
		}
		if row := d.Table(f.Ref).By("name", name); row != nil {
			values[f.Name] = map[string]any{"id": row.ID}
			continue
		}
		unknown[f.Name] = Name{Collection: f.Ref, Name: name}
	}
	if len(unknown) > 0 {
		return &UnresolvedError{Fields: unknown}
	}
	return nil
}
