package kongtest

import (
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

func collectionOf(t *table) methods {
	return methods{
		http.MethodGet:  func(c *call) *answer { return c.page(t.all(), "/"+t.schema.Name, true) },
		http.MethodPost: func(c *call) *answer { return c.create(t) },
	}
}

func entityOf(t *table) methods {
	return methods{
		http.MethodGet: func(c *call) *answer {
			e, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			return shown(e)
		},
		http.MethodPut:    func(c *call) *answer { return c.put(t, c.segments[1]) },
		http.MethodPatch:  func(c *call) *answer { return c.patch(t, c.segments[1]) },
		http.MethodDelete: func(c *call) *answer { return c.remove(t, c.segments[1]) },
	}
}

// foreignOf is /routes/{r}/service: the one entity that a field points at.
func foreignOf(t *table, f *schema.Field) methods {
	other := func(do func(c *call, to *table, from, e *entity) *answer) func(*call) *answer {
		return func(c *call) *answer {
			from, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			to := c.tables[f.Ref]
			return do(c, to, from, to.rows[from.parent(f.Name)])
		}
	}
	ifThere := func(do func(c *call, to *table, e *entity) *answer) func(*call) *answer {
		return other(func(c *call, to *table, _, e *entity) *answer {
			if e == nil {
				return notFound()
			}
			return do(c, to, e)
		})
	}
	return methods{
		http.MethodGet:    ifThere(func(_ *call, _ *table, e *entity) *answer { return shown(e) }),
		http.MethodPatch:  ifThere(func(c *call, to *table, e *entity) *answer { return c.patch(to, e.id) }),
		http.MethodDelete: ifThere(func(*call, *table, *entity) *answer { return notAllowed() }),
		http.MethodPut: other(func(c *call, to *table, from, e *entity) *answer {
			if e != nil {
				return c.put(to, e.id)
			}
			id := c.config.NewID()
			done := c.put(to, id)
			if done.status == http.StatusOK {
				c.args = map[string]any{f.Name: map[string]any{"id": id}}
				if wrong := c.patch(t, from.id); wrong.status != http.StatusOK {
					return wrong
				}
			}
			return done
		}),
	}
}

// nestedCollectionOf is /services/{s}/routes.
func nestedCollectionOf(t, child *table, f *schema.Field) methods {
	return methods{
		http.MethodGet: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			path := "/" + t.schema.Name + "/" + c.segments[1] + "/" + child.schema.Name
			return c.page(child.of(f.Name, parent.id), path, false)
		},
		http.MethodPost: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			c.args[f.Name] = map[string]any{"id": parent.id}
			return c.create(child)
		},
	}
}

// nestedEntityOf is /services/{s}/routes/{r}. PUT takes an entity away from any other parent.
func nestedEntityOf(t, child *table, f *schema.Field) methods {
	below := func(do func(c *call, e *entity) *answer) func(*call) *answer {
		return func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			e, wrong := child.find(c.segments[3])
			if wrong != nil {
				return wrong
			}
			if e == nil || e.parent(f.Name) != parent.id {
				return notFound()
			}
			if c.args[f.Name] == nil {
				c.args[f.Name] = map[string]any{"id": parent.id}
			}
			return do(c, e)
		}
	}
	patch := below(func(c *call, _ *entity) *answer { return c.patch(child, c.segments[3]) })
	return methods{
		http.MethodGet: below(func(_ *call, e *entity) *answer { return shown(e) }),
		http.MethodPatch: func(c *call) *answer {
			if child.schema.Name == "plugins" && !c.v3 { // Kong 2 looks for the plugin first
				if _, wrong := child.find(c.segments[3]); wrong != nil {
					return wrong
				}
			}
			return patch(c)
		},
		http.MethodDelete: below(func(c *call, _ *entity) *answer { return c.remove(child, c.segments[3]) }),
		http.MethodPut: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			c.args[f.Name] = map[string]any{"id": parent.id}
			return c.put(child, c.segments[3])
		},
	}
}

func shown(e *entity) *answer { return &answer{status: http.StatusOK, body: e.body} }

// first finds the entity that a path begins with: s in /services/s/routes.
func (c *call) first(t *table) (*entity, *answer) {
	e, wrong := t.find(c.segments[1])
	if wrong == nil && e == nil {
		wrong = notFound()
	}
	return e, wrong
}

// find looks up an entity by what stands for it in a path: its id or its name.
func (t *table) find(segment string) (*entity, *answer) {
	key := uri.UnescapePlus(segment)
	if uuid.Valid(key) {
		return t.rows[strings.ToLower(key)], nil
	}
	if t.schema.KeyField == "" {
		return nil, invalidPrimaryKey()
	}
	f := t.schema.ByName[t.schema.KeyField]
	if wrong, ok := f.Validate(key).(string); ok {
		return nil, invalidUnique(f.Name, wrong)
	}
	return t.unique[f.Name+"="+key], nil
}

// key is what a path names an entity by: its id or its name.
func (t *table) key(segment string) (map[string]any, bool) {
	key := uri.UnescapePlus(segment)
	if uuid.Valid(key) {
		return map[string]any{"id": strings.ToLower(key)}, true
	}
	return map[string]any{t.schema.KeyField: key}, false
}
