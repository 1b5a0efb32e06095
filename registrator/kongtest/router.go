package kongtest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
)

// change is a write that the proxy does not know yet.
type change struct {
	db.Change
	due time.Time
}

// changed lets the proxy know, now or later.
func (g *Gateway) changed(c db.Change) {
	if c.Row == nil {
		delete(g.health, c.ID)
		delete(g.turns, c.ID)
	}
	if g.live[c.Table] == nil {
		return
	}
	if g.config.RouterDelay > 0 {
		g.pending = append(g.pending, change{Change: c, due: time.Now().Add(g.config.RouterDelay)})
		return
	}
	g.apply(c)
}

// settle applies the changes whose time has come.
func (g *Gateway) settle() {
	now := time.Now()
	for len(g.pending) > 0 && !g.pending[0].due.After(now) {
		g.apply(g.pending[0].Change)
		g.pending = g.pending[1:]
	}
}

func (g *Gateway) apply(c db.Change) {
	g.router = nil
	if c.Row == nil {
		delete(g.live[c.Table], c.ID)
		return
	}
	g.live[c.Table][c.ID] = c.Row
}

// router finds the route of a request. Kong 2 and Kong 3 have different ones.
type router interface {
	find(in *lookup) *match // nil: there is none
}

// match is a route that takes a request.
type match struct {
	route   *db.Row
	service *db.Row // nil: the route has none
	length  int     // of the part of the path that strip_path takes away; 0: nothing
}

// lookup is what a request is matched by.
type lookup struct {
	method  string
	host    string // as it was sent
	port    string // that the request came to
	path    string // normal
	headers http.Header
	https   bool
	sni     string
}

func newLookup(r *http.Request, path string) *lookup {
	in := &lookup{method: r.Method, host: r.Host, port: localPort(r), path: path, headers: r.Header, https: r.TLS != nil}
	if in.https {
		in.sni = r.TLS.ServerName
	}
	return in
}

// sent returns the values of a header of the request, in lower case. A name with underscores also means the header with
// dashes, unless there is one with underscores.
func (in *lookup) sent(name string) []string {
	found := in.headers.Values(name)
	if len(found) == 0 {
		found = in.headers.Values(strings.ReplaceAll(name, "_", "-"))
	}
	values := make([]string, len(found))
	for i, value := range found {
		values[i] = strings.ToLower(value)
	}
	return values
}

func (g *Gateway) route(in *lookup) *match {
	if g.router == nil {
		g.router = g.newRouter()
	}
	return g.router.find(in)
}

func (g *Gateway) newRouter() router {
	served := []match{}
	for _, id := range slices.Sorted(maps.Keys(g.live["routes"])) {
		route := g.live["routes"][id]
		service := g.live["services"][route.Parent("service")]
		if (service == nil || service.Values["enabled"] != false) && servesHTTP(route) {
			served = append(served, match{route: route, service: service})
		}
	}
	if g.v3 {
		return newRouter3(served)
	}
	return newRouter2(served)
}

func servesHTTP(route *db.Row) bool {
	list, _ := route.Values["protocols"].([]any)
	return slices.ContainsFunc(list, collection.IsHTTP)
}

// headersOf returns the headers that a route asks for.
func headersOf(e *db.Row) map[string][]string {
	wanted, _ := e.Values["headers"].(map[string]any)
	all := make(map[string][]string, len(wanted))
	for name, values := range wanted {
		all[name] = db.Texts(values)
	}
	return all
}

var never = regexp.MustCompile(`[^\s\S]`)

// compile returns an expression that matches nothing when Go does not understand the one given.
func compile(expression string) *regexp.Regexp {
	re, err := regexp.Compile(expression)
	if err != nil {
		return never
	}
	return re
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
