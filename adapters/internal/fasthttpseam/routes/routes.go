// Package routes finds out what guards the routes of a Fiber app. Both versions of Fiber have one list of entries for each
// method. An entry is a route, or what Use and Group add. A request runs through the entries that match its path, in the order in
// which they were added, as long as each handler calls Next.
package routes

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// App is a Fiber app as it is now.
type App struct {
	Methods       []string
	CaseSensitive bool
	StrictRouting bool
	Stacks        [][]Entry // for each method
}

// Entry is one element of the list of a method.
type Entry struct {
	Path     string    // as it was registered
	Params   bool      // whether Fiber looks for parameters in the path
	Use      bool      // it is for all paths that begin with Path
	Star     bool      // it is for all paths
	Mounted  *App      // not nil: the entries of this app stand here
	Handlers []Handler // none answers with an empty body
}

// Handler is one function of an entry.
type Handler struct {
	Chains  []*core.SecurityChain // of the guards around it, in the order in which a request passes them
	Answers bool                  // there is a function in the guards, or without any, that may answer a request
}

// The remedies that are Fiber's own.
const (
	remedyOrder = "; on Fiber, a guard that Use adds is for the routes that are added after it"
	remedyFront = "a handler in front of the guard may answer: put the guard first; if that handler is open on purpose, wrap " +
		"it in Public"
	remedyUse = "a function that Use or Group adds may answer requests, and no guard was found in front of it: add it behind " +
		"Middleware; if it is open on purpose, such as middleware in front of the guards, wrap it in Public, which does not " +
		"open the routes behind it. A guard inside another function is not found: put the guard outside"
)

// List returns the routes of an app, and what Use adds if it may answer a request. A route that is the same for all methods is
// one without a method. A route for HEAD is left out if one for GET is for the same path and lets at least as many requests pass.
func List(app *App) []audit.Route {
	var rows []*row
	seen := map[string]*row{}
	for m, method := range app.Methods {
		for _, r := range app.routes(method, app.flat(m)) {
			same := fmt.Sprintf("%q %d %q %q", r.Path, r.Decision, r.Remedy, r.Guards)
			if seen[same] == nil {
				seen[same] = &row{}
				rows = append(rows, seen[same])
			}
			seen[same].add(method, r)
		}
	}
	var routes []audit.Route
	for _, r := range rows {
		routes = append(routes, r.perMethod(len(app.Methods))...)
	}
	return slices.DeleteFunc(slices.Clone(routes), func(head audit.Route) bool {
		return head.Method == "HEAD" && slices.ContainsFunc(routes, func(get audit.Route) bool {
			return get.Method == "GET" && get.Path == head.Path && get.Decision <= head.Decision
		})
	})
}

// placed is a route with its places in the list of a method, as [audit.Route.InOrder] takes them.
type placed struct {
	audit.Route
	first, last int
}

// row is a route that is the same for some methods, with its first place in the list of each.
type row struct {
	methods []string
	routes  []placed
}

func (r *row) add(method string, route placed) {
	if !slices.Contains(r.methods, method) {
		r.methods, r.routes = append(r.methods, method), append(r.routes, route)
	}
}

func (r *row) perMethod(all int) (routes []audit.Route) {
	if len(r.methods) == all {
		route := r.routes[0]
		for _, other := range r.routes {
			route.first, route.last = min(route.first, other.first), max(route.last, other.last)
		}
		r.methods, r.routes = []string{""}, []placed{route}
	}
	for i, method := range r.methods {
		route := r.routes[i].InOrder(r.routes[i].first, r.routes[i].last)
		route.Method = method
		routes = append(routes, route)
	}
	return routes
}

// routes returns the routes of one method. An entry is behind all guards of the earlier entries that match each path of it. What
// Use adds may pass a request on to later entries.
func (a *App) routes(method string, entries []*entry) (routes []placed) {
	for i, e := range entries {
		var outer []*core.SecurityChain
		for _, before := range entries[:i] {
			if before.covers(e) {
				outer = append(outer, before.guards...)
			}
		}
		if r, ok := a.weakest(method, e, outer); ok {
			p := placed{r, i + 1, i + 1}
			if e.Use {
				p.last = math.MaxInt
			}
			routes = append(routes, p)
		}
	}
	return routes
}

// weakest returns the route of an entry as it is for the function in it that most requests reach, and for the last of several. It
// returns false if no function of the entry answers.
func (a *App) weakest(method string, e *entry, outer []*core.SecurityChain) (weakest audit.Route, found bool) {
	newRoute := audit.NewFoldedRoute
	if a.CaseSensitive && a.StrictRouting {
		newRoute = audit.NewRoute
	}
	chains := slices.Clone(outer)
	for _, h := range e.Handlers {
		if h.Answers {
			r := newRoute("", method, e.matched(), append(slices.Clip(chains), h.Chains...)...)
			if !found || r.Decision <= weakest.Decision {
				weakest, found = r, true
			}
		}
		chains = append(chains, h.guards()...)
	}
	if len(e.Handlers) == 0 {
		weakest, found = newRoute("", method, e.matched(), chains...), true
	}
	weakest.Path = e.shown()
	switch {
	case weakest.Decision != audit.Undecided:
	case e.Use:
		weakest.Remedy = remedyUse
	case len(chains) > 0:
		weakest.Remedy = remedyFront
	default:
		weakest.Remedy += remedyOrder
	}
	return weakest, found
}

// guards returns the chains that a request has passed when h calls Next. What is open on purpose is the function inside, and
// nothing behind it.
func (h Handler) guards() []*core.SecurityChain {
	if !h.Answers {
		return h.Chains
	}
	return slices.DeleteFunc(slices.Clone(h.Chains), func(c *core.SecurityChain) bool {
		r := audit.NewRoute("", "", "/", c)
		return len(r.Guards) == 0 || r.Guards[0].Public
	})
}

// flat returns the entries of one method, with those of the mounted apps in their places, as Fiber does when it starts.
func (a *App) flat(m int) (entries []*entry) {
	if m >= len(a.Stacks) {
		return nil
	}
	for i, e := range a.Stacks[m] {
		if e.Mounted == nil {
			entries = append(entries, &entry{Entry: e})
			continue
		}
		for _, inner := range e.Mounted.flat(m) {
			inner.Path = join(strings.ReplaceAll(a.routed(e.Path), `\`, ""), inner.Path)
			inner.Star = false
			inner.mounts = append([]int{i}, inner.mounts...)
			entries = append(entries, inner)
		}
	}
	for _, e := range entries {
		e.prepare(a)
	}
	return entries
}

// routed returns a path in the form that the router of a compares.
func (a *App) routed(path string) string {
	if !a.CaseSensitive {
		path = lower(path)
	}
	if !a.StrictRouting && len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	return path
}

// lower changes no other characters than Fiber does.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

// join returns the path of a route below a prefix.
func join(prefix, path string) string {
	return strings.TrimRight(prefix, "/") + "/" + strings.TrimPrefix(cmp.Or(path, "/"), "/")
}
