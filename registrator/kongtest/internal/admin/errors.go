package admin

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// failure returns an error of Kong's database layer, with its code and name. fields may be nil.
func failure(status, code int, name, text string, fields map[string]any) *answer {
	body := map[string]any{"code": code, "name": name, "message": text}
	if fields != nil {
		body["fields"] = fields
	}
	return &answer{status: status, body: body}
}

func badRequest(code int, name, text string, fields map[string]any) *answer {
	return failure(http.StatusBadRequest, code, name, text, fields)
}

func invalidPrimaryKey() *answer {
	fields := map[string]any{"id": "expected a valid UUID"}
	return badRequest(1, "invalid primary key", "invalid primary key: '"+lua.Line(fields)+"'", fields)
}

func schemaViolation(errs map[string]any) *answer {
	var parts []string
	if list, ok := errs["@entity"].([]any); ok {
		for _, problem := range list {
			parts = append(parts, problem.(string))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		switch problem := errs[name].(type) {
		case []any:
			for i, one := range problem {
				if one != nil && name != "@entity" {
					parts = append(parts, fmt.Sprintf("%s.%d: %s", name, i+1, lua.Multiline(one)))
				}
			}
		case map[string]any:
			for _, inner := range slices.Sorted(maps.Keys(problem)) {
				parts = append(parts, name+"."+inner+": "+lua.Multiline(problem[inner]))
			}
		default:
			parts = append(parts, name+": "+lua.Multiline(problem))
		}
	}
	return badRequest(2, "schema violation", counted(parts, "schema violation"), errs)
}

// counted returns "schema violation (…)" or "2 schema violations (…; …)".
func counted(parts []string, what string) string {
	if len(parts) == 1 {
		return what + " (" + parts[0] + ")"
	}
	return fmt.Sprintf("%d %ss (%s)", len(parts), what, strings.Join(parts, "; "))
}

func primaryKeyViolation(key map[string]any) *answer {
	return badRequest(3, "primary key violation", "primary key violation on key '"+lua.Line(key)+"'", key)
}

func foreignKeyViolation(field, id, collection string) *answer {
	key := map[string]any{"id": id}
	return badRequest(4, "foreign key violation",
		"the foreign key '"+lua.Line(key)+"' does not reference an existing '"+collection+"' entity.", map[string]any{field: key})
}

func referencedBy(parent, child string) *answer {
	return badRequest(4, "foreign key violation", "an existing '"+child+"' entity references this '"+parent+"' entity",
		map[string]any{"@referenced_by": child})
}

func uniqueViolation(fields map[string]any) *answer {
	return failure(http.StatusConflict, 5, "unique constraint violation",
		"UNIQUE violation detected on '"+lua.Line(fields)+"'", fields)
}

func noEntity(key map[string]any, byID bool) *answer {
	text := "could not find the entity with '"
	if byID {
		text = "could not find the entity with primary key '"
	}
	return failure(http.StatusNotFound, 6, "not found", text+lua.Line(key)+"'", key)
}

func invalidOffset(offset, why string) *answer {
	return badRequest(7, "invalid offset", "'"+offset+"' is not a valid offset: "+why, nil)
}

func invalidSize(why string) *answer { return badRequest(9, "invalid size", why, nil) }

func invalidUnique(field, why string) *answer {
	return badRequest(10, "invalid unique "+field, why, nil)
}

func invalidTags(why string) *answer {
	body := map[string]any{"code": 11, "name": "invalid options", "message": "invalid option (tags: " + why + ")",
		"options": map[string]any{"tags": why}}
	return &answer{status: http.StatusBadRequest, body: body}
}

func unsupported(operation, collection, by string) *answer {
	text := "cannot " + operation + " '" + collection + "' entities"
	if by != "" {
		text += " by '" + by + "'"
	}
	return failure(http.StatusMethodNotAllowed, 12, "operation unsupported", text+" when not using a database", nil)
}

// unresolved returns the answer to a write that refers to entities by names that do not exist.
func unresolved(names map[string]entity.Name) *answer {
	errs := make(map[string]any)
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(names)) {
		key := lua.Line(map[string]any{"name": names[field].Name})
		text := "the foreign key cannot be resolved with '" + key + "' for an existing '" + names[field].Collection + "' entity"
		errs[field] = map[string]any{"name": text}
		parts = append(parts, field+".name: "+text)
	}
	text := "foreign key unresolved (" + parts[0] + ")"
	if len(parts) > 1 {
		text = fmt.Sprintf("%d foreign keys unresolved (%s)", len(parts), strings.Join(parts, "; "))
	}
	return badRequest(13, "foreign keys unresolved", text, errs)
}

func invalidDeclaration(errs map[string]any) *answer {
	return badRequest(14, "invalid declarative configuration", "declarative config is invalid: "+lua.Line(errs), errs)
}
