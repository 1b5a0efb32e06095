package audit

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Published describes what a gateway forwards to the service. Its fields have the names and the meaning of those of the
// registrator's Service, so that a service fills it in from its own registration.
type Published struct {
	// Paths are prefixes, which a gateway such as Kong compares as plain text: "/orders" forwards "/orders-old", too. A path that
	// begins with ~ is a regular expression, which need not match the end of a request's path. No path means all paths.
	Paths []string
	// Hosts are the names that clients use. The first or the last label may be *. No host means all.
	Hosts []string
	// Methods are in capitals. No method means all.
	Methods []string
	// StripPath means that the service sees only what follows the path or the match of the regular expression.
	StripPath bool
	// ServiceHost is the host that the service sees. If it is empty, the service sees the host that the client sent.
	ServiceHost string
}

// The kinds of a Finding.
const (
	NoRoute   Kind = "no route"    // the gateway publishes a path, a method or a host on which the service decides nothing
	Open      Kind = "undecided"   // the gateway publishes an undecided route
	Unreached Kind = "unreached"   // the service decides on a route that the gateway does not publish
	Beyond    Kind = "beyond"      // a prefix goes on in the middle of a segment and publishes a route that no other path does
	Exposed   Kind = "exposed"     // the gateway publishes a route that is meant to be internal
	Stale     Kind = "stale"       // a path is said to be internal, and no route has it
	Unclear   Kind = "cannot tell" // the audit cannot tell what a path of the gateway publishes
)

// Kind is what a Finding is about.
type Kind string

// Finding is a difference between the routes of a service and what its gateway publishes.
type Finding struct {
	Kind    Kind
	At      string // the path, method or host of the gateway, or the internal path; empty if no path leads to Route
	Route   Route  // the zero value if the finding is about no single route
	Message string // what is wrong, and what to change
}

// String returns the finding on one line.
func (f Finding) String() string { return oneLine(f.Message) }

// Behind returns the report with what differs between the routes and what a gateway publishes, in both directions: Err and String
// have the findings, too. Routes that clients do not reach through the gateway on purpose, such as those for health checks and
// metrics, are internal: name their paths as the report writes them.
//
// The findings are about all requests that clients may send, and not about examples. Routes with conditions on a parameter count
// as routes without. Headers, and what other services publish on the same gateway, do not count.
func (r Report) Behind(published []Published, internal ...string) Report {
	c := newComparison(r.Routes, published)
	r.Findings = slices.Concat(c.ofPublished(), c.ofRoutes(internal))
	return r
}

// entry is one path of the gateway.
type entry struct {
	Published
	path     string
	text     string   // the path as findings name it
	regex    string   // the regular expression of a path that is one
	prefix   string   // each path that the gateway forwards begins with it
	all      language // the paths that the gateway forwards
	segments language // those that a prefix matches at the end of a segment
	err      error    // why the audit cannot tell what they are
}

func newEntry(p Published, path string) *entry {
	e := &entry{Published: p, path: path, text: path}
	expression, isRegex := strings.CutPrefix(path, "~")
	switch {
	case isRegex:
		e.regex = expression
		e.all, e.err = newLanguage(anything + "(?:^" + expression + ")" + anything)
		e.segments = e.all
		if re, err := regexp.Compile("^" + expression); err == nil {
			e.prefix, _ = re.LiteralPrefix()
		}
		return e
	case path == "":
		e.path, e.text = "/", "every path"
	}
	e.prefix = plain(e.path)
	literal := regexp.QuoteMeta(e.prefix)
	e.all = known("^" + literal + anything)
	e.segments = e.all
	if !strings.HasSuffix(e.path, "/") {
		e.segments = known("^" + literal + "(?:/" + anything + ")?$")
	}
	return e
}

// meets reports whether a request to the route can have a method and a host of the entry.
func (e *entry) meets(r Route) bool { return e.hasMethod(r) && e.hasHost(r) }

func (e *entry) hasMethod(r Route) bool {
	return len(e.Methods) == 0 || r.Method == "" || slices.Contains(e.Methods, r.Method)
}

func (e *entry) hasHost(r Route) bool {
	switch {
	case r.Host == "":
		return true
	case e.ServiceHost != "":
		return sameHost(e.ServiceHost, r.Host)
	}
	return len(e.Hosts) == 0 || slices.ContainsFunc(e.Hosts, func(h string) bool { return sameHost(h, r.Host) })
}

// onlyHost reports whether the service sees the host of the route, and no other, in the requests of the entry.
func (e *entry) onlyHost(r Route) bool {
	if e.ServiceHost != "" {
		return sameHost(e.ServiceHost, r.Host)
	}
	return len(e.Hosts) > 0 && !slices.ContainsFunc(e.Hosts, func(h string) bool {
		return strings.Contains(h, "*") || !sameHost(h, r.Host)
	})
}

// sameHost reports whether a host of a gateway, perhaps with a wildcard, is that of a route. Ports do not count.
func sameHost(published, route string) bool {
	published, route = strings.ToLower(withoutPort(published)), strings.ToLower(withoutPort(route))
	if tail, ok := strings.CutPrefix(published, "*"); ok {
		return len(route) > len(tail) && strings.HasSuffix(route, tail)
	}
	if head, ok := strings.CutSuffix(published, "*"); ok {
		return len(route) > len(head) && strings.HasPrefix(route, head)
	}
	return published == route
}

func withoutPort(host string) string { return (&url.URL{Host: host}).Hostname() }
