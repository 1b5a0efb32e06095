package kongtest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// fill prepares the arguments of a write.
func (c *call) fill(t *table, mode schema.Mode) (map[string]any, *answer) {
	if c.isForm {
		t.schema.Infer(c.args, t.schema.VariantOf(c.args))
	}
	now := c.config.Now()
	values, errs := t.schema.Fill(c.args, t.schema.VariantOf, mode, &now)
	if errs != nil {
		return nil, schemaViolation(errs)
	}
	return values, nil
}

// check resolves the names of other entities and validates.
func (c *call) check(t *table, values map[string]any, mode schema.Mode) *answer {
	if wrong := c.resolve(t, values); wrong != nil {
		return wrong
	}
	if errs := t.schema.Validate(values, mode); len(errs) > 0 {
		return schemaViolation(errs)
	}
	return nil
}

// resolve replaces {"name": …} in foreign fields by the id.
func (c *call) resolve(t *table, values map[string]any) *answer {
	errs := make(map[string]any)
	for _, f := range t.schema.Foreign {
		object, _ := values[f.Name].(map[string]any)
		to := c.tables[f.Ref]
		if object == nil || to == nil || f.ValidateForeign(object) == nil {
			continue
		}
		unique := to.schema.ByName["name"]
		name, _ := object["name"].(string)
		if unique == nil || !unique.Unique || name == "" || unique.Validate(name) != nil {
			continue
		}
		if e := to.unique["name="+name]; e != nil {
			values[f.Name] = map[string]any{"id": e.id}
			continue
		}
		errs[f.Name] = map[string]any{"name": "the foreign key cannot be resolved with '" +
			lua.Line(map[string]any{"name": name}) + "' for an existing '" + f.Ref + "' entity"}
	}
	if len(errs) > 0 {
		return unresolved(errs)
	}
	return nil
}

func (c *call) create(t *table) *answer {
	if wrong := c.agrees(t, c.args); wrong != nil {
		return wrong
	}
	values, wrong := c.fill(t, schema.Inserting)
	if wrong != nil {
		return wrong
	}
	if wrong := c.check(t, values, schema.Inserting); wrong != nil {
		return wrong
	}
	if c.config.DBLess {
		return unsupported("create", t.schema.Name, "")
	}
	return c.save(t, values, nil, nil, http.StatusCreated)
}

// save stores valid values, as a new entity or in the place of another one. The id of a new one is made last, so that a
// request that fails uses none up.
func (c *call) save(t *table, values map[string]any, before *entity, key map[string]any, status int) *answer {
	id, _ := values["id"].(string)
	if byID, ok := key["id"].(string); ok {
		id = byID
	}
	if before != nil {
		id = before.id
	}
	id = strings.ToLower(id)
	if key == nil {
		key = map[string]any{"id": id}
	}
	t.schema.ReduceForeign(values)
	e := newEntity(t.schema, id, values)
	if wrong := c.conflict(t, e, before, key); wrong != nil {
		return wrong
	}
	if id == "" {
		id = c.config.NewID()
	}
	finish(t.schema, e, id)
	c.store(t, e, before)
	return &answer{status: status, body: e.body}
}

func (c *call) put(t *table, segment string) *answer {
	before, wrong := t.find(segment)
	if wrong != nil {
		return wrong
	}
	key, byID := t.key(segment)
	if byID {
		if wrong := c.agrees(t, c.args); wrong != nil {
			return wrong
		}
	}
	values, wrong := c.fill(t, schema.Upserting)
	if wrong != nil {
		return wrong
	}
	by := ""
	if !byID {
		by = t.schema.KeyField
		values[by] = key[by]
	}
	if wrong := c.check(t, values, schema.Upserting); wrong != nil {
		return wrong
	}
	if c.config.DBLess {
		return unsupported("create or update", t.schema.Name, by)
	}
	return c.save(t, values, before, key, http.StatusOK)
}

func (c *call) patch(t *table, segment string) *answer {
	before, wrong := t.find(segment)
	if wrong != nil {
		return wrong
	}
	key, byID := t.key(segment)
	if t.schema.Name == "plugins" && c.args["name"] == nil { // the name decides which configuration is valid
		if before == nil {
			return notFound()
		}
		c.args["name"] = before.values["name"]
	}
	if byID && before != nil {
		if wrong := c.agreesAfter(t, before); wrong != nil {
			return wrong
		}
	}
	values, wrong := c.fill(t, schema.Updating)
	if wrong != nil {
		return wrong
	}
	if before == nil {
		return noEntity(key, byID)
	}
	values = t.schema.Merge(values, before.values, t.schema.VariantOf(before.values))
	if wrong := c.check(t, values, schema.Updating); wrong != nil {
		return wrong
	}
	if c.config.DBLess {
		return unsupported("update", t.schema.Name, t.by(byID))
	}
	return c.save(t, values, before, key, http.StatusOK)
}

func (c *call) remove(t *table, segment string) *answer {
	e, wrong := t.find(segment)
	if wrong != nil {
		return wrong
	}
	if e != nil {
		_, byID := t.key(segment)
		if c.config.DBLess {
			return unsupported("remove", t.schema.Name, t.by(byID))
		}
		if wrong := c.drop(t, e); wrong != nil {
			return wrong
		}
	}
	return &answer{status: http.StatusNoContent}
}

func (t *table) by(byID bool) string {
	if byID {
		return ""
	}
	return t.schema.KeyField
}

// agrees demands that the protocols of a plugin are among those of its route, or of a route of its service.
func (c *call) agrees(t *table, args map[string]any) *answer {
	list, _ := args["protocols"].([]any)
	if t.schema.Name != "plugins" || list == nil {
		return nil
	}
	plugin := &entity{values: args}
	common := func(route *entity) bool {
		have, _ := route.values["protocols"].([]any)
		return slices.ContainsFunc(have, func(p any) bool { return slices.Contains(list, p) })
	}
	routes := c.tables["routes"]
	if id := plugin.parent("route"); id != "" {
		if route := routes.rows[id]; route != nil && !common(route) {
			return schemaViolation(map[string]any{"protocols": "must match the associated route's protocols"})
		}
		return nil
	}
	if id := plugin.parent("service"); id != "" {
		if all := routes.of("service", id); len(all) > 0 && !slices.ContainsFunc(all, common) {
			return schemaViolation(map[string]any{"protocols": "must match the protocols of at least one route " +
				"pointing to this Plugin's service"})
		}
	}
	return nil
}

// agreesAfter is agrees for an update.
func (c *call) agreesAfter(t *table, before *entity) *answer {
	after := make(map[string]any)
	changes := false
	for _, name := range []string{"protocols", "service", "route"} {
		after[name] = before.values[name]
		if c.args[name] != nil {
			after[name], changes = c.args[name], true
		}
	}
	if !changes {
		return nil
	}
	return c.agrees(t, after)
}
