// Package kongtest is a Kong gateway inside the process, for tests of services that register themselves, and for
// demonstrations.
//
// [Start] gives one that listens:
//
//	gateway := kongtest.Start(kongtest.Config{})
//	defer gateway.Close()
//	// register something at gateway.AdminURL(), then send requests to gateway.ProxyURL()
//
// [New] gives one without listeners: its Admin API is an [http.Handler], which works in a testing/synctest bubble.
//
// # What it is
//
// The Admin API answers as Kong 3.9.3, as Kong 2.8.5, or as 3.9.3 without a database: services, routes, upstreams, targets,
// plugins and tags, with the defaults, the errors and the oddities of that version. The tests replay recordings of real
// gateways and compare every answer. The proxy serves what was registered. What the Admin API was asked can be read with
// [Gateway.Requests]. What goes wrong on the way is injected as a [Fault]. [Cut], [Hang] and [Answer] come before the work:
// nothing was done. [CutAfter], [HangAfter] and [AnswerAfter] come after it: all was done, and the client does not know.
//
// # What it is not
//
// The proxy enforces no plugins: a route with key-auth is open. It balances by weight only, applies no timeouts of services,
// makes no health checks, and serves no streams. Its own answers lack the request_id that Kong 3 puts beside the message.
// Kong checks its regular expressions with PCRE, kongtest with package regexp: a path of a route that only PCRE understands
// is accepted by Kong 2 and matches nothing here.
//
// Consumers, certificates and other collections are missing: their paths are not found, and nothing can refer to them. The
// node information of GET / and GET /status has the keys that clients look at, not all. The schemas of these plugins are
// known: rate-limiting, cors, key-auth, basic-auth, hmac-auth, jwt, acl, bot-detection, ip-restriction, correlation-id,
// request-size-limiting, request-termination, request-transformer, response-transformer, file-log, http-log, tcp-log,
// udp-log and prometheus. The other bundled plugins accept any configuration, which comes back as it was sent.
//
// Without a database, POST /config sets the configuration, as JSON.
package kongtest
