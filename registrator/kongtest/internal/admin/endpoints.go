package admin

import (
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// collectionOf returns the methods of a path such as /services.
func collectionOf(t *schema.Schema) methods {
	return methods{
		http.MethodGet:  func(c *call) *answer { return c.page(c.store.Table(t.Name).All(), "/"+t.Name, true) },
		http.MethodPost: func(c *call) *answer { return c.create(t) },
	}
}

// entityOf returns the methods of a path such as /services/{s}.
func entityOf(t *schema.Schema) methods {
	return methods{
		http.MethodGet: func(c *call) *answer {
			e, refused := c.first(t)
			if refused != nil {
				return refused
			}
			return shown(e)
		},
		http.MethodPut:    func(c *call) *answer { return c.put(t, c.segments[1]) },
		http.MethodPatch:  func(c *call) *answer { return c.patch(t, c.segments[1]) },
		http.MethodDelete: func(c *call) *answer { return c.remove(t, c.segments[1]) },
	}
}

// foreignOf returns the methods of a path such as /routes/{r}/service: the entity that the field f refers to.
func foreignOf(t *schema.Schema, f *schema.Field) methods {
	other := func(do func(c *call, to *schema.Schema, from, e *db.Row) *answer) func(*call) *answer {
		return func(c *call) *answer {
			from, refused := c.first(t)
			if refused != nil {
				return refused
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
				if refused := c.patch(t, from.ID); refused.status != http.StatusOK {
					return refused
				}
			}
			return done
		}),
	}
}

// nestedCollectionOf returns the methods of a path such as /services/{s}/routes: the entities whose field f refers to one of t.
func nestedCollectionOf(t, child *schema.Schema, f *schema.Field) methods {
	return methods{
		http.MethodGet: func(c *call) *answer {
			parent, refused := c.first(t)
			if refused != nil {
				return refused
			}
			path := "/" + t.Name + "/" + c.segments[1] + "/" + child.Name
			return c.page(c.store.Table(child.Name).Of(f.Name, parent.ID), path, false)
		},
		http.MethodPost: func(c *call) *answer {
			parent, refused := c.first(t)
			if refused != nil {
				return refused
			}
			c.args[f.Name] = map[string]any{"id": parent.ID}
			return c.create(child)
		},
	}
}

// nestedEntityOf returns the methods of a path such as /services/{s}/routes/{r}. PUT also moves an entity from another parent.
func nestedEntityOf(t, child *schema.Schema, f *schema.Field) methods {
	below := func(do func(c *call, e *db.Row) *answer) func(*call) *answer {
		return func(c *call) *answer {
			parent, refused := c.first(t)
			if refused != nil {
				return refused
			}
			e, refused := c.find(child, c.segments[3])
			if refused != nil {
				return refused
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
			if child.Name == "plugins" && !c.config.V3 { // Kong 2 validates the key of the plugin first
				if _, refused := c.find(child, c.segments[3]); refused != nil {
					return refused
				}
			}
			return patch(c)
		},
		http.MethodDelete: below(func(c *call, _ *db.Row) *answer { return c.remove(child, c.segments[3]) }),
		http.MethodPut: func(c *call) *answer {
			parent, refused := c.first(t)
			if refused != nil {
				return refused
			}
			c.args[f.Name] = map[string]any{"id": parent.ID}
			return c.put(child, c.segments[3])
		},
	}
}
