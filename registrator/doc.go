// Package registrator puts a service on its API gateway and keeps it there.
//
//	gateway, err := registrator.NewKong("", registrator.Config{}) // API_GATEWAY_URL, or http://localhost:8001
//	...
//	err = gateway.Register(ctx, registrator.Service{
//		Name:  "hello-service",
//		Paths: []string{"/hello"},
//		Host:  "hello-service.service.consul",
//		Port:  5000,
//	})
//
// Registering is the first thing that a service does, and a service that cannot register stops. [Kong.Register] reads
// what the gateway has, compares it with the description, and writes only what differs, so it may be called by many
// instances at once, at every start, and again and again. [Kong.Run] does that until its context ends, and then
// deregisters. [Kong.Plan] says what Register would write.
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
// Two services may describe the same path; which of them the gateway then takes is the gateway's choice.
//
// Kong 2.2 to 3.x are supported, with a database. Others are refused before anything is written.
package registrator
