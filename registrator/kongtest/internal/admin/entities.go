package admin

import (
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// first finds the first entity of a path: s in /services/s/routes.
func (c *call) first(t *schema.Schema) (*db.Row, *answer) {
	e, wrong := c.find(t, c.segments[1])
	if wrong == nil && e == nil {
		wrong = notFound()
	}
	return e, wrong
}

// find finds an entity by its segment of a path, which holds its id or its name. It returns nil if there is none.
func (c *call) find(t *schema.Schema, segment string) (*db.Row, *answer) {
	e, err := c.store.Find(t, uri.UnescapePlus(segment))
	if err != nil {
		return nil, refusal(err)
	}
	return e, nil
}

// input returns the body as the input of a write.
func (c *call) input() entity.Input { return entity.Input{Values: c.args, Form: c.isForm} }

func (c *call) create(t *schema.Schema) *answer {
	e, err := c.store.Create(t, c.input())
	return written(e, err, http.StatusCreated)
}

func (c *call) put(t *schema.Schema, segment string) *answer {
	e, err := c.store.Put(t, uri.UnescapePlus(segment), c.input())
	return written(e, err, http.StatusOK)
}

func (c *call) patch(t *schema.Schema, segment string) *answer {
	e, err := c.store.Patch(t, uri.UnescapePlus(segment), c.input())
	return written(e, err, http.StatusOK)
}

func (c *call) remove(t *schema.Schema, segment string) *answer {
	if err := c.store.Delete(t, uri.UnescapePlus(segment)); err != nil {
		return refusal(err)
	}
	return &answer{status: http.StatusNoContent}
}

func written(e *db.Row, err error, status int) *answer {
	if err != nil {
		return refusal(err)
	}
	return &answer{status: status, body: e.Body}
}

func shown(e *db.Row) *answer { return &answer{status: http.StatusOK, body: e.Body} }
