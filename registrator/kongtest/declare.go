package kongtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// declaration is a whole configuration, as POST /config sets it when there is no database.
type declaration struct {
	*call
	rows map[string][]map[string]any // by collection
	ids  map[string]string           // of "<collection>/<name>"
	errs map[string]any
}

// loadingOrder has what is referred to before what refers.
var loadingOrder = []string{"services", "routes", "upstreams", "targets", "plugins"}

func databaseIsThere() *answer {
	return message(http.StatusBadRequest, "this endpoint is only available when Kong is configured to not use a database")
}

// declared is GET /config: the configuration as text, which POST /config takes. It is YAML, as all JSON is.
func (c *call) declared() *answer {
	if !c.config.DBLess {
		return databaseIsThere()
	}
	config := map[string]any{"_format_version": "3.0", "_transform": false}
	if !c.v3 {
		config["_format_version"] = "2.1"
	}
	for name, t := range c.tables {
		for _, e := range t.all() {
			shown := maps.Clone(e.values)
			for _, f := range t.schema.Foreign {
				if id := e.parent(f.Name); id != "" {
					shown[f.Name] = id
				}
			}
			list, _ := config[name].([]any)
			config[name] = append(list, shown)
		}
	}
	return &answer{status: http.StatusOK, body: map[string]any{"config": string(lua.JSON(config))}}
}

// declare replaces the configuration. It reads JSON, not YAML.
func (c *call) declare() *answer {
	if !c.config.DBLess {
		return databaseIsThere()
	}
	config := c.args
	if config["_format_version"] == nil {
		text, _ := config["config"].(string)
		if text == "" {
			return message(http.StatusBadRequest, "expected a declarative configuration")
		}
		config = nil
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			return invalidDeclaration(map[string]any{"error": "failed parsing declarative configuration: " + err.Error()})
		}
	}
	staging := &Gateway{config: c.config, v3: c.v3, tables: newTables(c.v3)}
	d := &declaration{call: &call{Gateway: staging}, rows: make(map[string][]map[string]any), ids: make(map[string]string),
		errs: make(map[string]any)}
	d.flatten(config)
	d.load()
	if len(d.errs) > 0 {
		return invalidDeclaration(d.errs)
	}
	sum := sha256.Sum256(lua.JSON(config))
	c.hash = hex.EncodeToString(sum[:16])
	c.replace(staging.tables)
	return &answer{status: http.StatusCreated, body: c.everything()}
}

func invalidDeclaration(errs map[string]any) *answer {
	return bad(14, "invalid declarative configuration", "declarative config is invalid: "+lua.Line(errs), errs)
}

func (d *declaration) flatten(config map[string]any) {
	d.checkFormat(config["_format_version"])
	for name, value := range config {
		list, isList := value.([]any)
		switch {
		case strings.HasPrefix(name, "_"):
		case d.tables[name] == nil:
			d.errs[name] = "unknown field"
		case !isList:
			d.errs[name] = "expected an array"
		default:
			d.add(name, list, "", "")
		}
	}
}

func (d *declaration) checkFormat(version any) {
	known := []any{"1.1", "2.1", "3.0"}
	if !d.v3 {
		known = known[:2]
	}
	switch _, isText := version.(string); {
	case version == nil:
		d.errs["_format_version"] = "required field missing"
	case !isText:
		d.errs["_format_version"] = "expected a string"
	default:
		if wrong := schema.OneOf(known...)(version); wrong != "" {
			d.errs["_format_version"] = wrong
		}
	}
}

// add takes the entities out of a list, with those that are nested in them.
func (d *declaration) add(collection string, list []any, parentField, parent string) {
	for _, item := range list {
		row, ok := item.(map[string]any)
		if !ok {
			d.errs[collection] = "expected a record"
			continue
		}
		id, _ := row["id"].(string)
		if id == "" {
			id = d.config.NewID()
			row["id"] = id
		}
		if name, ok := row["name"].(string); ok {
			d.ids[collection+"/"+name] = id
		}
		if parent != "" {
			row[parentField] = map[string]any{"id": parent}
		}
		d.rows[collection] = append(d.rows[collection], row)
		for name, child := range d.tables {
			nested, isList := row[name].([]any)
			for _, f := range child.schema.Foreign {
				if isList && f.Ref == collection {
					delete(row, name)
					d.add(name, nested, f.Name, id)
				}
			}
		}
	}
}

func (d *declaration) load() {
	for _, collection := range loadingOrder {
		t := d.tables[collection]
		wrong := make([]any, 0, len(d.rows[collection]))
		failed := false
		for _, row := range d.rows[collection] {
			errs := d.loadOne(t, row)
			failed = failed || errs != nil
			wrong = append(wrong, errs)
		}
		if failed {
			d.errs[collection] = wrong
		}
	}
}

// loadOne stores an entity, or returns what is wrong with it.
func (d *declaration) loadOne(t *table, row map[string]any) any {
	for _, f := range t.schema.Foreign { // others may be named without a record
		if name, ok := row[f.Name].(string); ok {
			id := d.ids[f.Ref+"/"+name]
			if id == "" {
				id = name
			}
			row[f.Name] = map[string]any{"id": id}
		}
	}
	d.args = row
	if t.schema.Name == "targets" {
		if wrong := d.formatTarget(); wrong != nil {
			return wrong.reason()
		}
	}
	values, wrong := d.fill(t, schema.Inserting)
	if wrong == nil {
		wrong = d.check(t, values, schema.Inserting)
	}
	if wrong == nil {
		wrong = d.save(t, values, nil, nil, http.StatusCreated)
	}
	if wrong.status != http.StatusCreated {
		return wrong.reason()
	}
	return nil
}

// reason is what an error says, field by field if it does.
func (a *answer) reason() any {
	body := a.body.(map[string]any)
	if body["code"] == 2 {
		return body["fields"]
	}
	return body["message"]
}

// replace puts other tables in the place of all there are.
func (g *Gateway) replace(tables map[string]*table) {
	for _, name := range loadingOrder {
		for _, e := range g.tables[name].all() {
			if tables[name].rows[e.id] == nil {
				g.changed(name, e.id, nil)
			}
		}
		for _, e := range tables[name].all() {
			g.changed(name, e.id, e)
		}
	}
	g.tables = tables
	clear(g.health)
	clear(g.turns)
}

// everything is what was loaded, by collection and id.
func (g *Gateway) everything() map[string]map[string]lua.RawJSON {
	all := make(map[string]map[string]lua.RawJSON)
	for name, t := range g.tables {
		for _, e := range t.all() {
			if all[name] == nil {
				all[name] = make(map[string]lua.RawJSON)
			}
			all[name][e.id] = e.body
		}
	}
	return all
}
