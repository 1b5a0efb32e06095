package kongtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
)

// entity is one row. It is never changed after it was stored: an update stores another one.
type entity struct {
	id     string
	values map[string]any
	body   []byte   // the JSON that is shown
	unique []string // its keys in table.unique
	lists  []string // its keys in table.lists
}

// table holds the entities of a collection. Lists are sorted by id.
type table struct {
	schema *schema.Schema
	rows   map[string]*entity
	lists  map[string][]*entity // "" is all; "service=<id>" are those of one service
	unique map[string]*entity   // "name=<name>", and the cache key
}

func newTables(v3 bool) map[string]*table {
	tables := make(map[string]*table)
	for _, s := range collection.Schemas(v3) {
		tables[s.Name] = &table{schema: s, rows: make(map[string]*entity), lists: make(map[string][]*entity),
			unique: make(map[string]*entity)}
	}
	return tables
}

// newEntity makes the row for values that are valid. It may lack the id.
func newEntity(s *schema.Schema, id string, values map[string]any) *entity {
	e := &entity{id: id, values: values}
	e.unique, e.lists = uniqueKeys(s, e), listKeys(s, e)
	return e
}

// finish sets the id, and writes the JSON.
func finish(s *schema.Schema, e *entity, id string) {
	e.id = id
	e.values["id"] = id
	e.body = s.AppendJSON(make([]byte, 0, 1024), e.values, s.VariantOf(e.values))
}

// parent returns the id of the entity that a foreign field points at, "" for none.
func (e *entity) parent(field string) string {
	object, _ := e.values[field].(map[string]any)
	id, _ := object["id"].(string)
	return id
}

func (e *entity) text(field string) string {
	text, _ := e.values[field].(string)
	return text
}

func (t *table) all() []*entity { return t.lists[""] }

func (t *table) of(field, parent string) []*entity { return t.lists[field+"="+parent] }

// add stores a row. There must be none of its id.
func (t *table) add(e *entity) {
	t.rows[e.id] = e
	for _, key := range e.unique {
		t.unique[key] = e
	}
	for _, key := range e.lists {
		list := t.lists[key]
		i, _ := slices.BinarySearchFunc(list, e.id, byID)
		t.lists[key] = slices.Insert(list, i, e)
	}
}

func (t *table) remove(e *entity) {
	delete(t.rows, e.id)
	for _, key := range e.unique {
		delete(t.unique, key)
	}
	for _, key := range e.lists {
		list := t.lists[key]
		if i, found := slices.BinarySearchFunc(list, e.id, byID); found {
			t.lists[key] = slices.Delete(list, i, i+1)
		}
		if key != "" && len(t.lists[key]) == 0 {
			delete(t.lists, key)
		}
	}
}

// replace puts a row where another one of its id is, in the same lists.
func (t *table) replace(e, before *entity) {
	t.rows[e.id] = e
	for _, key := range before.unique {
		delete(t.unique, key)
	}
	for _, key := range e.unique {
		t.unique[key] = e
	}
	for _, key := range e.lists {
		if i, found := slices.BinarySearchFunc(t.lists[key], e.id, byID); found {
			t.lists[key][i] = e
		}
	}
}

func byID(e *entity, id string) int { return strings.Compare(e.id, id) }

func listKeys(s *schema.Schema, e *entity) []string {
	keys := []string{""}
	for _, f := range s.Foreign {
		if id := e.parent(f.Name); id != "" {
			keys = append(keys, f.Name+"="+id)
		}
	}
	return keys
}

func uniqueKeys(s *schema.Schema, e *entity) []string {
	var keys []string
	if key := uniqueTogether(s, e); key != "" {
		keys = append(keys, key)
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Unique {
			if value := e.text(f.Name); value != "" {
				keys = append(keys, f.Name+"="+value)
			}
		}
	}
	return keys
}

func uniqueTogether(s *schema.Schema, e *entity) string {
	if s.CacheKey == nil {
		return ""
	}
	var key strings.Builder
	for _, name := range s.CacheKey {
		key.WriteString("|" + e.text(name) + e.parent(name))
	}
	return key.String()
}

// conflict returns the error for a row that may not stand beside the others. before is the row it replaces, if any.
func (g *Gateway) conflict(t *table, e, before *entity, byKey map[string]any) *answer {
	if other := t.rows[e.id]; other != nil && before == nil {
		return primaryKeyViolation(byKey)
	}
	for _, key := range e.unique {
		if other := t.unique[key]; other == nil || other == before {
			continue
		}
		fields := make(map[string]any)
		if name, _, isField := strings.Cut(key, "="); isField && !strings.HasPrefix(key, "|") {
			fields[name] = e.values[name]
		} else {
			for _, name := range t.schema.CacheKey {
				fields[name] = e.values[name]
			}
		}
		return uniqueViolation(fields)
	}
	for _, f := range t.schema.Foreign {
		id := e.parent(f.Name)
		if id == "" {
			continue
		}
		if to := g.tables[f.Ref]; to == nil || to.rows[id] == nil {
			return foreignKeyViolation(f.Name, id, f.Ref)
		}
	}
	return nil
}

// store puts a row in the place of another one, or of none.
func (g *Gateway) store(t *table, e, before *entity) {
	switch {
	case before != nil && slices.Equal(before.lists, e.lists):
		t.replace(e, before)
	case before != nil:
		t.remove(before)
		t.add(e)
	default:
		t.add(e)
	}
	g.changed(t.schema.Name, e.id, e)
}

// drop removes a row with all that cascades. It returns an error if others refer to it.
func (g *Gateway) drop(t *table, e *entity) *answer {
	for _, name := range slices.Sorted(maps.Keys(g.tables)) {
		child := g.tables[name]
		for _, f := range child.schema.Foreign {
			if f.Ref == t.schema.Name && !f.Cascade && len(child.of(f.Name, e.id)) > 0 {
				return referencedBy(t.schema.Name, name)
			}
		}
	}
	for _, child := range g.tables {
		for _, f := range child.schema.Foreign {
			if f.Ref == t.schema.Name {
				for _, row := range slices.Clone(child.of(f.Name, e.id)) {
					_ = g.drop(child, row)
				}
			}
		}
	}
	t.remove(e)
	delete(g.health, e.id)
	delete(g.turns, e.id)
	g.changed(t.schema.Name, e.id, nil)
	return nil
}
