// Package audit lists the routes of a service with what guards each of them, so that no route is forgotten.
//
// The adapters make an Audit. Call Watch before the first route is added, and read the report when all routes are there:
//
//	routes := echosec.Watch(e)
//	// add the routes, groups and middleware
//	report := routes.Report()
//	fmt.Print(report)                          // a table, for the log at start
//	if err := report.Err(); err != nil {       // names each route that nobody has decided on
//		log.Fatal(err)
//	}
//
// In a test of the service:
//
//	audit.Check(t, newServer().routes)
//
// # Behind a gateway
//
// A service that registers with a gateway compares its routes with what it registers, in both directions:
//
//	report = report.Behind([]audit.Published{{Paths: service.Paths, StripPath: service.StripPath}}, "/metrics")
//
// The report then has a finding for each path that the gateway publishes and the service does not decide on, for each route that
// the service decides on and clients do not reach, and for each prefix that leads further than it says. Where the audit cannot
// tell, it says so. Routes that are internal on purpose, such as /metrics, are named; one that the gateway publishes nevertheless
// is a finding.
//
// # What it sees
//
// No handler and no middleware of the service is called. An audit recognizes the guards of this library: Secured, Public and
// Middleware. It cannot look into any other function, so a guard that is wrapped in one counts as none, and the report says how
// to change that. A route is never reported as guarded because of something that the audit cannot see.
//
// An audit knows the rules of this library, and no others. A provider of the service that returns core.BreakChain lets requests
// pass on a route that the report calls guarded.
package audit
