package admin

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

func needsBody(r *http.Request) bool {
	return r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch
}

// checkContentType returns nginx's refusal of a body whose media type Kong does not read, or nil.
func checkContentType(r *http.Request) *answer {
	if !needsBody(r) {
		return nil
	}
	sent := r.Header.Get("Content-Type")
	if sent == "" && r.ContentLength == 0 {
		return nil
	}
	for _, known := range []string{"application/json", "multipart/form-data", "application/x-www-form-urlencoded"} {
		if strings.HasPrefix(sent, known) {
			return nil
		}
	}
	return htmlPage(http.StatusUnsupportedMediaType, "415 Unsupported Media Type")
}

// read decodes the body. It returns nil, or Kong's refusal of the body.
func (c *call) read(r *http.Request) *answer {
	c.args = make(map[string]any)
	sent := strings.ToLower(r.Header.Get("Content-Type"))
	if !needsBody(r) || sent == "" {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return unexpected()
	}
	switch {
	case strings.HasPrefix(sent, "application/json"):
		return c.readJSON(body)
	case strings.HasPrefix(sent, "multipart/form-data"):
		c.isForm = true
		c.readMultipart(r.Header.Get("Content-Type"), string(body))
	default:
		c.isForm = true
		c.readForm(string(body))
	}
	return nil
}

func (c *call) readJSON(body []byte) *answer {
	var value any
	if err := json.Unmarshal(body, &value); err != nil || value == false {
		return message(http.StatusBadRequest, "Cannot parse JSON body")
	}
	switch v := value.(type) {
	case map[string]any:
		c.args = v
	case []any: // Kong accepts a list, and finds no fields in it
	default:
		return unexpected()
	}
	return nil
}

func (c *call) readForm(body string) {
	for pair := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(name); err == nil && key != "" {
			c.set(key, uri.UnescapePlus(value))
		}
	}
}

func (c *call) readMultipart(sent, body string) {
	_, params, err := mime.ParseMediaType(sent)
	if err != nil {
		return
	}
	parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return // the body has ended, or is malformed here
		}
		if value, err := io.ReadAll(part); err == nil && part.FormName() != "" {
			c.set(part.FormName(), string(value))
		}
	}
}

// set sets the value of a form field. Its name is a path: "a.b" is the field b of the record a, "a[]" and "a[1]" are elements of
// the list a, and "a[k]" is the key k of the map a.
func (c *call) set(key, value string) {
	path := strings.Split(key, ".")
	at := c.args
	for _, name := range path[:len(path)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = make(map[string]any)
			at[name] = inner
		}
		at = inner
	}
	last := path[len(path)-1]
	name, index, isList := strings.Cut(last, "[")
	index = strings.TrimSuffix(index, "]")
	if _, err := strconv.Atoi(index); isList && index != "" && err != nil { // a key of a map
		inner, _ := at[name].(map[string]any)
		if inner == nil {
			inner = make(map[string]any)
		}
		inner[index] = value
		at[name] = inner
		return
	}
	switch before := at[name].(type) {
	case nil:
		at[name] = any(value)
		if isList {
			at[name] = []any{value}
		}
	case []any:
		at[name] = append(before, value)
	default: // the form has the name more than once
		at[name] = []any{before, value}
	}
}
