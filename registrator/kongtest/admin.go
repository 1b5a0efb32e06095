package kongtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/nginx"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// call is one request to the Admin API, while it is worked on.
type call struct {
	*Gateway
	method   string
	segments []string // of the path, as they were sent
	query    url.Values
	args     map[string]any // of the body
	isForm   bool
}

// methods are what a path answers to.
type methods map[string]func(*call) *answer

// api is the Admin API, as it is behind log and faults.
func (g *Gateway) api(w http.ResponseWriter, r *http.Request) {
	g.work(r).write(w, r.Method == http.MethodHead, g.config.Version)
}

func (a *answer) write(w http.ResponseWriter, headOnly bool, version string) {
	header := w.Header()
	header["Server"] = []string{"kong/" + version}
	header["Access-Control-Allow-Origin"] = []string{"*"}
	header["X-Kong-Admin-Latency"] = []string{"1"}
	for i := 0; i+1 < len(a.header); i += 2 {
		header.Set(a.header[i], a.header[i+1])
	}
	var body []byte
	switch b := a.body.(type) {
	case nil:
		w.WriteHeader(a.status)
		return
	case html:
		header.Set("Content-Type", "text/html; charset=UTF-8")
		body = []byte(b)
	case []byte:
		header["Content-Type"] = []string{"application/json; charset=utf-8"}
		body = b
	default:
		header["Content-Type"] = []string{"application/json; charset=utf-8"}
		body = lua.JSON(b)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if !headOnly {
		_, _ = w.Write(body) //nolint:gosec // it is JSON, or a constant
	}
}

func (g *Gateway) work(r *http.Request) *answer {
	if status := nginx.Refusal(r); status != 0 {
		return refusedPage(status)
	}
	if g.config.Token != "" && r.Header.Get("Kong-Admin-Token") != g.config.Token {
		return message(http.StatusUnauthorized, "Invalid credentials. Token or User credentials required")
	}
	path, found := strings.CutPrefix(r.URL.EscapedPath(), g.config.Prefix)
	if !found || path != "" && path[0] != '/' {
		return message(http.StatusNotFound, "no Route matched with those values")
	}
	c := &call{Gateway: g, method: r.Method, segments: segmentsOf(path)}
	if r.URL.RawQuery != "" {
		c.query = r.URL.Query()
	}
	allowed := c.route()
	if allowed == nil {
		return notFound()
	}
	if wrong := checkContentType(r); wrong != nil {
		return wrong
	}
	if r.Method == http.MethodOptions {
		return allowed.options()
	}
	if c.method == http.MethodHead {
		c.method = http.MethodGet
	}
	do := allowed[c.method]
	if do == nil {
		return notAllowed()
	}
	if wrong := c.read(r); wrong != nil {
		return wrong
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return do(c)
}

func (m methods) options() *answer {
	names := append(slices.Sorted(maps.Keys(m)), http.MethodOptions)
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	sorted := make(map[string]bool)
	for _, name := range names {
		sorted[name] = true
	}
	list := strings.Join(slices.Sorted(maps.Keys(sorted)), ", ")
	return &answer{status: http.StatusNoContent, header: []string{
		"Allow", list, "Access-Control-Allow-Methods", list, "Access-Control-Allow-Headers", "Content-Type",
	}}
}

// segmentsOf splits a path. Kong forgives one slash at its end, and no other one too many.
func segmentsOf(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// route finds the methods of a path, nil when there is no such path.
func (c *call) route() methods {
	s := c.segments
	for _, segment := range s[1:] {
		if segment == "" {
			return nil
		}
	}
	switch s[0] {
	case "":
		return only(http.MethodGet, (*call).info, len(s) == 1)
	case "status":
		return only(http.MethodGet, (*call).status, len(s) == 1)
	case "config":
		if len(s) == 1 {
			return methods{http.MethodGet: (*call).declared, http.MethodPost: (*call).declare}
		}
		return nil
	case "schemas":
		return schemaRoutes(s)
	case "tags":
		return tagRoutes(len(s))
	case "upstreams":
		if found, special := c.upstreamRoutes(); special {
			return found
		}
	case "plugins":
		switch {
		case len(s) == 2 && s[1] == "enabled":
			return only(http.MethodGet, (*call).enabledPlugins, true)
		case len(s) == 3 && s[1] == "schema":
			return only(http.MethodGet, func(c *call) *answer { return c.noSchemaOfPlugin(s[2]) }, true)
		}
	case "targets":
		return nil // they are found below their upstream only
	}
	t := c.store.Schema(s[0])
	if t == nil {
		return only(http.MethodGet, (*call).emptyPage, len(s) == 1 && isEmptyCollection(s[0], c.v3))
	}
	switch len(s) {
	case 1:
		return collectionOf(t)
	case 2:
		return entityOf(t)
	default:
		return c.nestedRoutes(t)
	}
}

func only(method string, do func(*call) *answer, found bool) methods {
	if !found {
		return nil
	}
	return methods{method: do}
}

// nestedRoutes are /services/{s}/routes, /services/{s}/routes/{r} and /routes/{r}/service.
func (c *call) nestedRoutes(t *schema.Schema) methods {
	name := c.segments[2]
	if f := t.ByName[name]; f != nil && f.Kind == schema.ForeignKind && len(c.segments) == 3 && c.store.Schema(f.Ref) != nil {
		return foreignOf(t, f)
	}
	child := c.store.Schema(name)
	if child == nil {
		return nil
	}
	for _, f := range child.Foreign {
		if f.Ref == t.Name {
			switch len(c.segments) {
			case 3:
				return nestedCollectionOf(t, child, f)
			case 4:
				return nestedEntityOf(t, child, f)
			}
		}
	}
	return nil
}
