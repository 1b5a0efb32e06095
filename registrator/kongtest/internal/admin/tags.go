package admin

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

func tagRoutes(segments int) methods {
	readOnly := func(*call) *answer {
		return schemaViolation(map[string]any{"tags": "does not support insert/upsert/update/delete operations"})
	}
	switch segments {
	case 1:
		return methods{http.MethodGet: (*call).allTags, http.MethodPost: readOnly}
	case 2:
		return methods{http.MethodGet: (*call).oneTag, http.MethodPut: readOnly, http.MethodPatch: readOnly,
			http.MethodDelete: readOnly}
	}
	return nil
}

// tagged is one tag of one entity.
type tagged struct {
	Tag        string `json:"tag"`
	EntityName string `json:"entity_name"`
	EntityID   string `json:"entity_id"`
	ordinal    int    // position of the tag in the list of the entity, from 1
}

// taggings returns the tags of all entities, sorted by the ids of the entities.
func (c *call) taggings() []tagged {
	var all []tagged
	for _, t := range c.store.Tables() {
		for _, e := range t.All() {
			list, _ := e.Values["tags"].([]any)
			for i, tag := range list {
				all = append(all, tagged{tag.(string), t.Name, e.ID, i + 1})
			}
		}
	}
	slices.SortFunc(all, func(a, b tagged) int {
		if a.EntityID == b.EntityID {
			return a.ordinal - b.ordinal
		}
		return strings.Compare(a.EntityID, b.EntityID)
	})
	return all
}

// allTags handles GET /tags.
func (c *call) allTags() *answer {
	return c.pageOfTags(c.taggings(), "/tags", true)
}

// oneTag handles GET /tags/{tag}, which lists the entities with a tag.
func (c *call) oneTag() *answer {
	tag := c.segments[1] // Kong 2 does not decode it
	if c.config.V3 {
		tag = uri.UnescapePlus(tag)
	}
	if problem := collection.IsTag(c.config.V3)(tag); problem != "" {
		return invalidUnique("tag", problem)
	}
	all := slices.DeleteFunc(c.taggings(), func(t tagged) bool { return t.Tag != tag })
	return c.pageOfTags(all, "/tags/"+c.segments[1], false)
}

// pageOfTags returns a page of tags. The offset names the last entity of the page before. In the list of all tags, it also has
// the ordinal of the last tag.
func (c *call) pageOfTags(all []tagged, path string, whole bool) *answer {
	size, refused := c.size()
	if refused != nil {
		return refused
	}
	if c.query.Has("offset") {
		offset := c.query.Get("offset")
		id, ordinal, why := readTagOffset(offset)
		if why != "" {
			return invalidOffset(offset, why)
		}
		all = slices.DeleteFunc(all, func(t tagged) bool {
			return t.EntityID < id || t.EntityID == id && (!whole || t.ordinal <= ordinal)
		})
	}
	body := map[string]any{"data": append([]tagged{}, all[:min(size, len(all))]...), "next": nil}
	if len(all) == 0 && !whole && !c.config.V3 {
		body["data"] = map[string]any{} // Kong 2 encodes an empty Lua table as an object
	}
	if len(all) > size {
		last := all[size-1]
		key := fmt.Sprintf(`["%s"]`, last.EntityID)
		if whole {
			key = fmt.Sprintf(`["%s",%d]`, last.EntityID, last.ordinal)
		}
		offset := base64.RawURLEncoding.EncodeToString([]byte(key))
		body["offset"], body["next"] = offset, path+"?offset="+offset+c.nextQuery(whole)
	}
	return &answer{status: http.StatusOK, body: body}
}

// readTagOffset decodes an offset. why is Kong's message about an invalid one. The ordinal is 0 if the offset has none.
func readTagOffset(offset string) (id string, ordinal int, why string) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(offset, "="))
	if err != nil {
		return "", 0, "bad base64 encoding"
	}
	var key []any
	if err := json.Unmarshal(raw, &key); err != nil || len(key) == 0 {
		return "", 0, "bad json encoding"
	}
	id, _ = key[0].(string)
	if len(key) > 1 {
		n, _ := key[1].(float64)
		ordinal = int(n)
	}
	return id, ordinal, ""
}
