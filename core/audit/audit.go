package audit

import (
	"cmp"
	"slices"
)

// Audit lists the routes of one router. The function Watch of an adapter makes it. It is safe for concurrent use if the router is
// not changed at the same time.
type Audit struct{ list func() []Route }

// New returns an Audit of the routes that list returns. It is for adapters.
func New(list func() []Route) *Audit { return &Audit{list} }

// Report returns the routes as they are now, with all middleware that was added until now.
func (a *Audit) Report() Report {
	routes := a.list()
	slices.SortStableFunc(routes, func(r, s Route) int {
		return cmp.Or(cmp.Compare(r.Host, s.Host), cmp.Compare(r.Path, s.Path), cmp.Compare(r.Method, s.Method))
	})
	return Report{Routes: routes}
}

// TB is the part of [testing.TB] that [Check] needs.
type TB interface {
	Helper()
	Error(args ...any)
}

// Check fails the test if a route has no decision. It also fails if there is no route at all, since the audit then watches
// another router than the one with the routes.
func Check(t TB, a *Audit) {
	t.Helper()
	report := a.Report()
	if len(report.Routes) == 0 {
		t.Error("audit: there are no routes: call Watch for the router that the routes are added to, and Check after that")
	}
	if err := report.Err(); err != nil {
		t.Error(err)
	}
}
