package entity

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// declaration is a declarative configuration that is being loaded.
type declaration struct {
	store  *Store
	staged *db.Database
	rows   map[string][]map[string]any // by collection
	ids    map[string]string           // by "<collection>/<name>"
	err    DeclarationError
}

// Load replaces all entities with those of a declarative configuration. It builds a new database first, and uses it only if all
// entities are valid. Otherwise nothing changes and the error is a *DeclarationError. Load modifies config: it adds ids to the
// entities, and removes entities that are nested in others.
func (s *Store) Load(config map[string]any) error {
	d := &declaration{store: s, staged: s.newDatabase(), rows: make(map[string][]map[string]any), ids: make(map[string]string),
		err: DeclarationError{Messages: make(map[string]string), Entities: make(map[string][]error)}}
	d.flatten(config)
	d.load()
	if len(d.err.Messages)+len(d.err.Entities) > 0 {
		return &d.err
	}
	changes := db.Replacing(s.db, d.staged)
	s.db = d.staged
	s.config.Follower.Swap(changes...)
	return nil
}

// flatten collects the entities of the configuration.
func (d *declaration) flatten(config map[string]any) {
	d.checkFormat(config["_format_version"])
	for name, value := range config {
		list, isList := value.([]any)
		switch {
		case strings.HasPrefix(name, "_"):
		case d.store.schemas[name] == nil:
			d.err.Messages[name] = "unknown field"
		case !isList:
			d.err.Messages[name] = "expected an array"
		default:
			d.add(name, list, "", "")
		}
	}
}

func (d *declaration) checkFormat(version any) {
	known := []any{"1.1", "2.1", "3.0"}
	if !d.store.config.V3 {
		known = known[:2]
	}
	switch _, isText := version.(string); {
	case version == nil:
		d.err.Messages["_format_version"] = "required field missing"
	case !isText:
		d.err.Messages["_format_version"] = "expected a string"
	default:
		if problem := schema.OneOf(known...)(version); problem != "" {
			d.err.Messages["_format_version"] = problem
		}
	}
}

// add collects the entities of a list, and those that are nested in them. If parent is not empty, it is the id of the entity that
// they are nested in, and parentField the field that refers to it.
func (d *declaration) add(name string, list []any, parentField, parent string) {
	for _, item := range list {
		row, ok := item.(map[string]any)
		if !ok {
			d.err.Messages[name] = "expected a record"
			continue
		}
		id, _ := row["id"].(string)
		if id == "" {
			id = d.store.config.NewID()
			row["id"] = id
		}
		if own, ok := row["name"].(string); ok {
			d.ids[name+"/"+own] = id
		}
		if parent != "" {
			row[parentField] = map[string]any{"id": parent}
		}
		d.rows[name] = append(d.rows[name], row)
		for _, child := range d.staged.Tables() {
			nested, isList := row[child.Name].([]any)
			for _, ref := range child.References {
				if isList && ref.Table == name {
					delete(row, child.Name)
					d.add(child.Name, nested, ref.Field, id)
				}
			}
		}
	}
}

// load stages all entities, and collects their errors.
func (d *declaration) load() {
	for _, t := range d.staged.Tables() {
		failed := false
		errs := make([]error, 0, len(d.rows[t.Name]))
		for _, row := range d.rows[t.Name] {
			err := d.loadOne(d.store.schemas[t.Name], row)
			failed = failed || err != nil
			errs = append(errs, err)
		}
		if failed {
			d.err.Entities[t.Name] = errs
		}
	}
}

// loadOne validates an entity and stores it in the new database.
func (d *declaration) loadOne(c *schema.Schema, row map[string]any) error {
	for _, f := range c.Foreign { // a reference may be a name or an id instead of a record
		if name, ok := row[f.Name].(string); ok {
			id := d.ids[f.Ref+"/"+name]
			if id == "" {
				id = name
			}
			row[f.Name] = map[string]any{"id": id}
		}
	}
	if c.Name == "targets" {
		if err := formatTarget(row); err != nil {
			return err
		}
	}
	values, err := d.store.prepare(c, Input{Values: row}, schema.Inserting)
	if err != nil {
		return err
	}
	if err := check(d.staged, c, values, schema.Inserting); err != nil {
		return err
	}
	_, err = save(d.staged, c, values, nil, nil)
	return err
}
