package admin

import (
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// first returns the first entity of a path, which is s in /services/s/routes, or Kong's refusal.
func (c *call) first(t *schema.Schema) (*db.Row, *answer) {
	e, refused := c.find(t, c.segments[1])
	if refused == nil && e == nil {
		refused = notFound()
	}
	return e, refused
}

// find returns the entity whose id or name is a segment of the path. It is nil if there is none.
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

// written returns the answer to a write: the entity with a status, or the refusal for err.
func written(e *db.Row, err error, status int) *answer {
	if err != nil {
		return refusal(err)
	}
	return &answer{status: status, body: e.Body}
}

func shown(e *db.Row) *answer { return &answer{status: http.StatusOK, body: e.Body} }
