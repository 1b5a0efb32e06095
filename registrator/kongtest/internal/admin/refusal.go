package admin

import (
	"errors"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
)

// refusal returns Kong's answer to an error of package entity or db.
func refusal(err error) *answer {
	if e, ok := errors.AsType[*entity.SchemaError](err); ok {
		return schemaViolation(e.Fields)
	}
	if e, ok := errors.AsType[*entity.KeyError](err); ok {
		return invalidUnique(e.Field, e.Why)
	}
	if e, ok := errors.AsType[*entity.UnresolvedError](err); ok {
		return unresolved(e.Fields)
	}
	if e, ok := errors.AsType[*entity.UnsupportedError](err); ok {
		return unsupported(e.Operation, e.Collection, e.By)
	}
	if e, ok := errors.AsType[*entity.NotFoundError](err); ok {
		if e.Key == nil {
			return notFound()
		}
		return noEntity(e.Key, e.ByID)
	}
	if e, ok := errors.AsType[*entity.DeclarationError](err); ok {
		return invalidDeclaration(reasons(e))
	}
	if errors.Is(err, entity.ErrPrimaryKey) {
		return invalidPrimaryKey()
	}
	return refusalOfDatabase(err)
}

func refusalOfDatabase(err error) *answer {
	if e, ok := errors.AsType[*db.PrimaryKeyError](err); ok {
		return primaryKeyViolation(e.Key)
	}
	if e, ok := errors.AsType[*db.UniqueError](err); ok {
		return uniqueViolation(e.Fields)
	}
	if e, ok := errors.AsType[*db.ForeignKeyError](err); ok {
		return foreignKeyViolation(e.Field, e.ID, e.Table)
	}
	if e, ok := errors.AsType[*db.ReferencedError](err); ok {
		return referencedBy(e.Table, e.By)
	}
	return unexpected()
}

// reasons returns Kong's messages about a declarative configuration, by collection. Messages about entities are a list.
func reasons(e *entity.DeclarationError) map[string]any {
	errs := make(map[string]any)
	for name, text := range e.Messages {
		errs[name] = text
	}
	for name, failed := range e.Entities {
		list := make([]any, len(failed))
		for i, err := range failed {
			if err != nil {
				list[i] = refusal(err).reason()
			}
		}
		errs[name] = list
	}
	return errs
}

// reason returns the messages of an error by field if it is a schema violation, and its only message otherwise.
func (a *answer) reason() any {
	body := a.body.(map[string]any)
	if body["code"] == 2 {
		return body["fields"]
	}
	return body["message"]
}
