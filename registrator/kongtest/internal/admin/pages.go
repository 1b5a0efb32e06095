package admin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

const maxTags = 5

// page returns a page of a list that is sorted by id. whole says that the list is a whole collection: only those are filtered by
// tags.
func (c *call) page(list []*db.Row, path string, whole bool) *answer {
	filter, size, refused := c.selection()
	if refused != nil {
		return refused
	}
	if c.query.Has("offset") {
		offset := c.query.Get("offset")
		last, why := readOffset(offset)
		if why != "" {
			return invalidOffset(offset, why)
		}
		list = list[sort.Search(len(list), func(i int) bool { return list[i].ID > last }):]
	}
	if whole && filter != nil {
		list = filter.apply(list)
	}
	return &answer{status: http.StatusOK, body: c.listing(list, size, path, whole)}
}

// listing encodes a page with the link to the next page.
func (c *call) listing(list []*db.Row, size int, path string, whole bool) []byte {
	more := len(list) > size
	if more {
		list = list[:size]
	}
	var body bytes.Buffer
	body.WriteString(`{"data":[`)
	for i, e := range list {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(e.Body)
	}
	body.WriteString(`],"next":`)
	if !more {
		body.WriteString(`null}`)
		return body.Bytes()
	}
	offset := writeOffset(list[size-1].ID)
	body.Write(lua.JSON(path + "?offset=" + offset + c.nextQuery(whole)))
	body.WriteString(`,"offset":"` + offset + `"}`)
	return body.Bytes()
}

// nextQuery returns the query parameters that Kong repeats in the link to the next page.
func (c *call) nextQuery(whole bool) string {
	kept := ""
	if !whole {
		return ""
	}
	if tags := c.query.Get("tags"); tags != "" {
		if c.config.V3 {
			tags = strings.ReplaceAll(url.QueryEscape(tags), "+", "%20")
		}
		kept += "&tags=" + tags
	}
	if size := c.query.Get("size"); size != "" && c.config.V3 {
		kept += "&size=" + size
	}
	return kept
}

// selection returns the tag filter and the page size of the query. It validates them in the same order as Kong.
func (c *call) selection() (*tagFilter, int, *answer) {
	filter, refused := c.tagFilter()
	if refused != nil {
		return nil, 0, refused
	}
	size, refused := c.size()
	if refused != nil {
		return nil, 0, refused
	}
	return filter, size, filter.check(c.config.V3)
}

func (c *call) size() (int, *answer) {
	if !c.query.Has("size") {
		return 100, nil
	}
	size, err := strconv.ParseFloat(c.query.Get("size"), 64)
	if err != nil {
		return 0, invalidSize("size must be a number")
	}
	if size < 1 || size > 1000 || size != float64(int(size)) {
		return 0, invalidSize("size must be an integer between 1 and 1000")
	}
	return int(size), nil
}

func writeOffset(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`["` + id + `"]`))
}

func readOffset(offset string) (string, string) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(offset, "="))
	if err != nil {
		return "", "bad base64 encoding"
	}
	var key []string
	if err := json.Unmarshal(raw, &key); err != nil || len(key) == 0 {
		return "", "bad json encoding"
	}
	return key[0], ""
}

// tagFilter selects entities by their tags.
type tagFilter struct {
	tags      []string
	matchAny  bool // one of the tags is enough
	malformed bool // the syntax of the filter is invalid
}

// tagFilter reads ?tags=a,b and ?tags=a/b. It returns nil if there are no tags.
func (c *call) tagFilter() (*tagFilter, *answer) {
	if !c.query.Has("tags") {
		return nil, nil
	}
	text := c.query.Get("tags")
	switch {
	case text == "" && c.config.V3:
		return nil, invalidTags("cannot be null")
	case text == "":
		return nil, unexpected()
	case !strings.Contains(text, "/"):
		tags := strings.Split(strings.TrimSuffix(text, ","), ",")
		return &tagFilter{tags: tags, malformed: slices.Contains(tags, "")}, nil
	default:
		tags := strings.Split(strings.TrimSuffix(text, "/"), "/")
		return &tagFilter{tags: tags, matchAny: true,
			malformed: slices.Contains(tags, "") || strings.Contains(text, ",")}, nil
	}
}

func (f *tagFilter) check(v3 bool) *answer {
	if f == nil {
		return nil
	}
	valid := collection.IsTag(v3)
	for _, tag := range f.tags {
		if f.malformed || valid(tag) != "" {
			return invalidTags("invalid filter syntax")
		}
	}
	if len(f.tags) > maxTags {
		return invalidTags("cannot query more than 5 tags")
	}
	return nil
}

func (f *tagFilter) apply(list []*db.Row) []*db.Row {
	var kept []*db.Row
	for _, e := range list {
		have, _ := e.Values["tags"].([]any)
		found := 0
		for _, tag := range f.tags {
			if slices.Contains(have, any(tag)) {
				found++
			}
		}
		if found == len(f.tags) || f.matchAny && found > 0 {
			kept = append(kept, e)
		}
	}
	return kept
}
