package audit_test

import (
	"fmt"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// The service registers two prefixes with its gateway. One has no route, and the other leads to a route that begins alike. The
// routes are made by hand here; those of a service come from the function Watch of its adapter.
func ExampleReport_Behind() {
	chain, err := core.NewSecurityChain(named{})
	if err != nil {
		panic(err)
	}
	report := audit.Report{Routes: []audit.Route{
		audit.NewRoute("", "POST", "/orders", chain.With(core.RequireScopes("orders:write"))),
		audit.NewRoute("", "GET", "/orders/:id", chain),
		audit.NewRoute("", "GET", "/orders-export", chain),
		audit.NewRoute("", "GET", "/users/:id", chain),
		audit.NewRoute("", "GET", "/metrics", chain.Public()),
	}}
	published := []audit.Published{{Paths: []string{"/orders", "/admin"}}}
	report = report.Behind(published, "/metrics")
	for _, f := range report.Findings {
		fmt.Println(f)
	}
	fmt.Println("scopes:", report.Scopes())
	// Output:
	// the gateway publishes the path /admin, and the service has no guarded or public route for it: add or guard the route, or take the path /admin out of the registration
	// the gateway's path /orders is a prefix that also leads to GET /orders-export, for example as /orders-export: publish that path, too, if clients may use it, or end the prefix with the segment: ~/orders(?:/|$)
	// GET /users/:id is guarded, and the gateway does not publish it: publish its path, method and host, or name its path as internal
	// scopes: [orders:write]
}
