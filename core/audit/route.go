package audit

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/described"
)

// Decision says who gets to the handler of a route. A larger one lets fewer requests pass.
type Decision int

// The decisions.
const (
	Undecided Decision = iota // no guard was found, so the route may be open by mistake
	Public                    // open on purpose
	Partly                    // some paths or methods of the route are open on purpose, by core.PublicRoutes
	Optional                  // requests without a credential pass, those with a bad one do not
	Guarded                   // every request needs an identity
)

// String returns the decision in lower case.
func (d Decision) String() string {
	switch d {
	case Public:
		return "public"
	case Partly:
		return "public in part"
	case Optional:
		return "optional"
	case Guarded:
		return "guarded"
	default:
		return "undecided"
	}
}

// Guard says what one chain in front of a route requires. It has names, patterns, roles and scopes, and nothing secret.
type Guard = described.Chain

// Route is one route and what guards it.
type Route struct {
	Host     string // empty: any
	Method   string // empty: any
	Path     string // as the framework writes it
	Decision Decision
	Guards   []Guard // in the order in which a request passes them
	Remedy   string  // what to change; empty if there is nothing to do

	paths       string // Path as NewRoute was given it
	folded      bool   // see NewFoldedRoute
	first, last int    // see InOrder; 0 without an order
}

// NewRoute returns the route with the decision that follows from the chains in front of it, in the order in which a request
// passes them. It is for adapters.
//
// The path may have a parameter for a part of a segment, :id or {id}; one for the rest of the path, {rest...}, * or *name; one
// for the rest of the path that is not empty, {rest+} or a segment +; and an optional one, :id?. An adapter whose router reads a
// path in another way writes it so here, and then sets the field Path to what the service wrote.
func NewRoute(host, method, path string, chains ...*core.SecurityChain) Route {
	return newRoute(host, method, path, false, chains)
}

// NewFoldedRoute is NewRoute for a router that serves a path in any case, and with or without a slash at its end, as one route.
// Patterns of core.PublicRoutes are exact, so they open at most a part of such a route. It is for adapters.
func NewFoldedRoute(host, method, path string, chains ...*core.SecurityChain) Route {
	return newRoute(host, method, path, true, chains)
}

// InOrder returns the route with its place in a router that takes the first route that fits, and not the one that fits best. The
// places are the lowest and the highest in the lists of its methods, which begin at 1. A route behind which requests may go on to
// later ones has [math.MaxInt] as the highest place. It is for adapters.
func (r Route) InOrder(first, last int) Route {
	r.first, r.last = first, last
	return r
}

func newRoute(host, method, path string, folded bool, chains []*core.SecurityChain) Route {
	r := Route{Host: host, Method: method, Path: path, paths: path, folded: folded}
	based := false // a chain before this one finds the identity
	for _, c := range chains {
		if c == nil {
			continue
		}
		g := described.Of(c)
		switch {
		case g.Then && !based:
			r.Remedy = "refuses every request: a guard made by Then belongs behind the Middleware of the same Security"
		case g.Public && g.Identity:
			r.Remedy = "refuses every request: Public finds no identity, and the guard requires one"
		}
		based = based || !g.Then && !g.Public
		r.Guards = append(r.Guards, g)
		r.Decision = max(r.Decision, decide(g, method, path, folded))
	}
	if r.Decision == Undecided {
		r.Remedy = "no guard was found: wrap the handler in Secured, or put Middleware in front of its router or group before " +
			"the route is added; if it is open on purpose, wrap it in Public. A guard inside another function is not found: " +
			"put the guard outside"
	}
	return r
}

// decide returns the decision of one guard on a route.
func decide(g Guard, method, path string, folded bool) Decision {
	switch {
	case g.Identity, g.Then:
		return Guarded
	case g.Public:
		return Public
	case g.Optional:
		return Optional
	}
	decision := Guarded
	for _, pattern := range g.PublicRoutes {
		decision = min(decision, opens(pattern, method, path, folded))
	}
	return decision
}
