package kongtest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
		body = toJSON(b)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if !headOnly {
		_, _ = w.Write(body) //nolint:gosec // it is JSON, or a constant
	}
}

func (g *Gateway) work(r *http.Request) *answer {
	if g.config.Token != "" && r.Header.Get("Kong-Admin-Token") != g.config.Token {
		return message(http.StatusUnauthorized, "Invalid credentials. Token or User credentials required")
	}
	path, found := strings.CutPrefix(r.URL.EscapedPath(), g.config.Prefix)
	if !found || path != "" && path[0] != '/' {
		return message(http.StatusNotFound, "no Route matched with those values")
	}
	c := &call{Gateway: g, method: r.Method, segments: strings.Split(strings.Trim(path, "/"), "/")}
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
	names := append(sortedKeys(m), http.MethodOptions)
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	sorted := make(map[string]bool)
	for _, name := range names {
		sorted[name] = true
	}
	list := strings.Join(sortedKeys(sorted), ", ")
	return &answer{status: http.StatusNoContent, header: []string{
		"Allow", list, "Access-Control-Allow-Methods", list, "Access-Control-Allow-Headers", "Content-Type",
	}}
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
		return only(http.MethodPost, (*call).declare, len(s) == 1)
	case "schemas":
		return only(http.MethodPost, (*call).dryRun, len(s) == 3 && s[2] == "validate")
	case "tags":
		return tagRoutes(len(s))
	case "upstreams":
		if found, special := c.upstreamRoutes(); special {
			return found
		}
	case "plugins":
		if len(s) == 2 && s[1] == "enabled" {
			return only(http.MethodGet, (*call).enabledPlugins, true)
		}
	case "targets":
		return nil // they are found below their upstream only
	}
	t := c.tables[s[0]]
	if t == nil {
		return nil
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
func (c *call) nestedRoutes(t *table) methods {
	name := c.segments[2]
	if f := t.schema.byName[name]; f != nil && f.kind == aForeign && len(c.segments) == 3 && c.tables[f.ref] != nil {
		return foreignOf(t, f)
	}
	child := c.tables[name]
	if child == nil {
		return nil
	}
	for _, f := range child.schema.foreign {
		if f.ref == t.schema.name {
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

// unescape decodes a segment of a path the way nginx does for Kong: what is no escape stays as it is, and + is a space.
func unescape(segment string) string {
	if !strings.ContainsAny(segment, "%+") {
		return segment
	}
	var text strings.Builder
	for i := 0; i < len(segment); i++ {
		switch {
		case segment[i] == '+':
			text.WriteByte(' ')
		case segment[i] == '%' && i+2 < len(segment) && isHex(segment[i+1]) && isHex(segment[i+2]):
			n, _ := strconv.ParseUint(segment[i+1:i+3], 16, 8)
			text.WriteByte(byte(n))
			i += 2
		default:
			text.WriteByte(segment[i])
		}
	}
	return text.String()
}
