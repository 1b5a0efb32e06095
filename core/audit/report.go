package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report has the routes of a router at one moment, sorted by host, path and method, and the findings of Behind.
type Report struct {
	Routes   []Route
	Findings []Finding
}

// Undecided returns the routes that nobody has decided on.
func (r Report) Undecided() (routes []Route) {
	for _, route := range r.Routes {
		if route.Decision == Undecided {
			routes = append(routes, route)
		}
	}
	return routes
}

// Scopes returns the scopes that the guards of the routes name, sorted, each once.
func (r Report) Scopes() (scopes []string) {
	for _, route := range r.Routes {
		for _, g := range route.Guards {
			scopes = append(scopes, g.Scopes...)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// Err returns an error that names each undecided route and each finding, with what to change, or nil if there are none.
func (r Report) Err() error {
	var errs []error
	for _, route := range r.Undecided() {
		errs = append(errs, fmt.Errorf("audit: %s: %s", route.name(), route.Remedy))
	}
	for _, f := range r.Findings {
		errs = append(errs, fmt.Errorf("audit: %s", f))
	}
	return errors.Join(errs...)
}

// String returns the routes as a table with one line each, and the findings below it.
func (r Report) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "METHOD\tROUTE\tDECISION\tGUARDS")
	for _, route := range r.Routes {
		var words []string
		for _, g := range route.Guards {
			words = append(words, g.String())
		}
		if route.Remedy != "" {
			words = append(words, route.Remedy)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", route.method(), oneLine(route.Host+route.Path), route.Decision,
			oneLine(strings.Join(words, " | ")))
	}
	_ = w.Flush() // writes to b, which cannot fail
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

func (r Route) name() string { return r.method() + " " + oneLine(r.Host+r.Path) }

func (r Route) method() string {
	if r.Method == "" {
		return "any"
	}
	return oneLine(r.Method)
}

// oneLine returns s without control characters, so that no name breaks the table.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}
