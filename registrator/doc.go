// Package registrator puts a service on its API gateway and keeps it there.
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
// Registering is the first thing that a service does, and a service that cannot register stops. [Kong.Register] reads
// what the gateway has, compares it with the description, and writes only what differs, so it may be called by many
// instances at once, at every start, and again and again. [Kong.Start] does that until its context ends, and then
// deregisters; its channel says when that is done. [Kong.Run] is the same without the channel. [Kong.Plan] says what
// Register would write.
//
// # Stopping
//
// A service that is told to stop leaves nothing behind, whenever that is: the context of Start, Run or Register may end before,
// during or after any request. A write under way is waited for, up to 3 seconds, since the gateway does it anyhow, and
// leaving takes 10 seconds at most. Where the gateway does not answer, the error says what may be left on it. What can still
// be left behind: the target of a process that dies, or that ends before it has received from the channel of Start, and one
// whose Register succeeded and that called neither Run nor Deregister then.
//
// # What is waited for
//
// A gateway that is not there yet, whose name does not resolve yet, whose TLS is not ready, that is too busy, or in whose place
// a server in front of it answers, is asked again until [Config.Timeout]. The log has one warning for each such trouble, and
// the error the last cause. A wrong token, a certificate that is not accepted, a description that is refused, and a gateway
// that takes no configuration or is too old, are errors at once.
//
// # What is ours
//
// A registration is a service and a route named [Service.Name], the plugins of the description and, with
// [Service.Instance], an upstream with targets. They carry the tag "registered:" and the name, and the owner where there is
// one. What has the name and not the tag belongs to somebody else and is refused with [ErrNotOurs]: add the tag by hand to
// hand it over. Of what is ours, the fields that the description speaks of are kept as described; all others, and all
// other tags, are the operator's and are left alone. What receives requests (paths, hosts, methods, headers) is always
// described: an empty list means no restriction.
//
// While two versions of a service run with different descriptions, as in a rolling deployment, each repairs the other's,
// until the old one has gone.
//
// # When a route is live
//
// A gateway that has accepted a route does not serve it at once. Kong 3.9 with PostgreSQL needs 4 to 5 seconds on the
// node that took the write and up to 10 on others; Kong 2.8 up to 1.3. [WaitLive] asks the proxy.
//
// A new route is written after its plugins. Kong loads the two separately, so that in the moment in which a route becomes
// live, about a millisecond, single requests may pass without its plugins: 3.9.3 let four requests through to a new
// route with key-auth, in one of eight trials. What must never be open is checked by the service, too.
//
// Two services may describe the same path; which of them the gateway then takes is the gateway's choice.
//
// Kong 2.2 to 3.x are supported, with a database. Others are refused before anything is written.
package registrator
