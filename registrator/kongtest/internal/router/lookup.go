package router

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
)

// Match is the route that a request matches.
type Match struct {
	Route   *db.Row
	Service *db.Row // nil: the route has none
	Length  int     // the length of the part of the path that strip_path removes
}

// Lookup holds the parts of a request that routes match.
type Lookup struct {
	Method  string
	Host    string // as sent
	Port    string // the port that received the request
	Path    string // in normal form
	Headers http.Header
	HTTPS   bool
	SNI     string // the TLS server name
}

// sent returns the values of a header of the request, in lower case. If the request has no header with that name, underscores in
// the name stand for dashes.
func (in *Lookup) sent(name string) []string {
	found := in.Headers.Values(name)
	if len(found) == 0 {
		found = in.Headers.Values(strings.ReplaceAll(name, "_", "-"))
	}
	values := make([]string, len(found))
	for i, value := range found {
		values[i] = strings.ToLower(value)
	}
	return values
}

// headersOf returns the headers that a route matches, by name.
func headersOf(e *db.Row) map[string][]string {
	wanted, _ := e.Values["headers"].(map[string]any)
	all := make(map[string][]string, len(wanted))
	for name, values := range wanted {
		all[name] = db.Texts(values)
	}
	return all
}

// never matches nothing.
var never = regexp.MustCompile(`[^\s\S]`)

// compile compiles an expression. An expression that package regexp does not support matches nothing.
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
