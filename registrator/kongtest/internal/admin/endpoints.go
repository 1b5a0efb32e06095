package admin

import (
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

func collectionOf(t *schema.Schema) methods {
	return methods{
		http.MethodGet:  func(c *call) *answer { return c.page(c.store.Table(t.Name).All(), "/"+t.Name, true) },
		http.MethodPost: func(c *call) *answer { return c.create(t) },
	}
}

func entityOf(t *schema.Schema) methods {
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

// foreignOf is /routes/{r}/service, the entity that a field refers to.
func foreignOf(t *schema.Schema, f *schema.Field) methods {
	other := func(do func(c *call, to *schema.Schema, from, e *db.Row) *answer) func(*call) *answer {
		return func(c *call) *answer {
			from, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			return do(c, c.store.Schema(f.Ref), from, c.store.Table(f.Ref).Get(from.Parent(f.Name)))
		}
	}
	ifThere := func(do func(c *call, to *schema.Schema, e *db.Row) *answer) func(*call) *answer {
		return other(func(c *call, to *schema.Schema, _, e *db.Row) *answer {
			if e == nil {
				return notFound()
			}
			return do(c, to, e)
		})
	}
	return methods{
		http.MethodGet:    ifThere(func(_ *call, _ *schema.Schema, e *db.Row) *answer { return shown(e) }),
		http.MethodPatch:  ifThere(func(c *call, to *schema.Schema, e *db.Row) *answer { return c.patch(to, e.ID) }),
		http.MethodDelete: ifThere(func(*call, *schema.Schema, *db.Row) *answer { return notAllowed() }),
		http.MethodPut: other(func(c *call, to *schema.Schema, from, e *db.Row) *answer {
			if e != nil {
				return c.put(to, e.ID)
			}
			id := c.config.NewID()
			done := c.put(to, id)
			if done.status == http.StatusOK {
				c.args = map[string]any{f.Name: map[string]any{"id": id}}
				if wrong := c.patch(t, from.ID); wrong.status != http.StatusOK {
					return wrong
				}
			}
			return done
		}),
	}
}

// nestedCollectionOf is /services/{s}/routes.
func nestedCollectionOf(t, child *schema.Schema, f *schema.Field) methods {
	return methods{
		http.MethodGet: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			path := "/" + t.Name + "/" + c.segments[1] + "/" + child.Name
			return c.page(c.store.Table(child.Name).Of(f.Name, parent.ID), path, false)
		},
		http.MethodPost: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			c.args[f.Name] = map[string]any{"id": parent.ID}
			return c.create(child)
		},
	}
}

// nestedEntityOf is /services/{s}/routes/{r}. PUT moves an entity from any other parent.
func nestedEntityOf(t, child *schema.Schema, f *schema.Field) methods {
	below := func(do func(c *call, e *db.Row) *answer) func(*call) *answer {
		return func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			e, wrong := c.find(child, c.segments[3])
			if wrong != nil {
				return wrong
			}
			if e == nil || e.Parent(f.Name) != parent.ID {
				return notFound()
			}
			if c.args[f.Name] == nil {
				c.args[f.Name] = map[string]any{"id": parent.ID}
			}
			return do(c, e)
		}
	}
	patch := below(func(c *call, _ *db.Row) *answer { return c.patch(child, c.segments[3]) })
	return methods{
		http.MethodGet: below(func(_ *call, e *db.Row) *answer { return shown(e) }),
		http.MethodPatch: func(c *call) *answer {
			if child.Name == "plugins" && !c.config.V3 { // Kong 2 reads the key of the plugin first
				if _, wrong := c.find(child, c.segments[3]); wrong != nil {
					return wrong
				}
			}
			return patch(c)
		},
		http.MethodDelete: below(func(c *call, _ *db.Row) *answer { return c.remove(child, c.segments[3]) }),
		http.MethodPut: func(c *call) *answer {
			parent, wrong := c.first(t)
			if wrong != nil {
				return wrong
			}
			c.args[f.Name] = map[string]any{"id": parent.ID}
			return c.put(child, c.segments[3])
		},
	}
}
