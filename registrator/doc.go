// Package registrator registers a service with its API gateway and keeps it registered.
//
//	gateway, err := registrator.NewKong("", registrator.Config{}) // API_GATEWAY_URL, or http://localhost:8001
//	...
//	left, err := gateway.Start(ctx, registrator.Service{
//		Name:     "hello-service",
//		Paths:    []string{"/hello"},
//		Instance: "10.0.0.7:5000",
//	})
//	... // serve until ctx ends
//	err = <-left
//
// A service registers before it does anything else, and stops if it cannot. [Kong.Register] reads what the gateway has, compares
// it with the description, and writes only the differences. Many instances may call it at once, at every start, and any number
// of times. [Kong.Start] registers, keeps the service registered until its context ends, and then deregisters; its channel
// reports when that is done. [Kong.Run] is Start without the channel. [Kong.Plan] returns what Register would write.
//
// # Stopping
//
// A service that is told to stop leaves nothing behind. The context of Start, Run or Register may end before, during or after
// any request. A write in progress is waited for, up to 3 seconds, because the gateway completes it anyway. Deregistering takes
// at most 10 seconds, and up to 3 more for a write that is then in progress. If the gateway does not answer, the error says what
// may be left on it. A target is left behind if its process dies, if the process ends before it has received from the channel of
// Start, or if Register succeeded and neither Run nor Deregister was called afterwards.
//
// # Retries
//
// The gateway is asked again, until [Config.Timeout], while it is not up yet, its name does not resolve yet, its TLS is not
// ready, it is too busy, or a server in front of it answers in its place. The log has one warning for each such trouble, and the
// error has the last cause. A Retry-After of up to 30 seconds is obeyed. These errors are returned at once: a wrong token, a
// certificate that is not accepted, a description that is refused, and a gateway that is read-only or too old.
//
// # Ownership
//
// A registration is a service and a route named [Service.Name], the plugins of the description and, with [Service.Instance], an
// upstream with targets. Each entity has the tag "registered:" followed by the name and, if there is one, the owner. An entity
// of that name without the tag belongs to somebody else and is refused with [ErrNotOurs]; add the tag by hand to hand it over.
// Kong itself would let it be taken over, and it deletes the operator's plugins together with their service. The fields that the
// description sets are kept as described. All other fields and tags are the operator's and are left alone. The matchers of the
// route (paths, hosts, methods, headers) are always part of the description: an empty list means no restriction.
//
// While two versions of a service run with different descriptions, as in a rolling deployment, each overwrites the other's until
// the old version has ended.
//
// # When a route is live
//
// A gateway does not serve a route as soon as it has accepted it. Kong 3.9 with PostgreSQL needs up to 5 seconds on the node
// that took the write and up to 10 on other nodes; Kong 2.8 needs up to 1.3. The workers of a node do not load it at the same
// time: one may answer 404 after another serves the route, for nearly a second on 2.8, and rarely for nearly 5 on 3.9.
// [WaitLive] asks the proxy, and waits for the workers.
//
// A new route is written after its plugins, but Kong loads the two separately. When a route becomes live, single requests may
// pass without its plugins for about a millisecond: in one of eight trials, 3.9.3 let four requests through to a new route with
// key-auth. If a route must never be open, the service must check the requests, too.
//
// Two services may describe the same path. The gateway then chooses between them.
//
// Kong 2.2 to 3.x are supported, with a database. Other gateways are refused before anything is written.
package registrator
