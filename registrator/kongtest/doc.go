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
// makes no health checks, and serves no streams. Kong checks its regular expressions with PCRE, kongtest with package regexp:
// a path of a route that only PCRE understands is accepted by Kong 2 and matches nothing here.
//
// Which of several routes takes a request follows the rules of the version. Kong 3 has no rule for two routes whose matchers
// have the same rank: it goes by their ids, which are random. A test must not rely on the older one.
//
// A service whose name does not exist is answered with 503, as Kong does. When the resolver fails in another way, the answer
// is 500 in both; Kong 3 then shows the words of its resolver, which are missing here.
//
// Consumers, certificates and other collections are empty lists: nothing can be put there or refer to them. Schemas are not
// shown. The node information of GET / and GET /status has the keys that clients look at, not all. The schemas of these
// plugins are known: rate-limiting, cors, key-auth, basic-auth, hmac-auth, jwt, acl, bot-detection, ip-restriction,
// correlation-id, request-size-limiting, request-termination, request-transformer, response-transformer, file-log, http-log,
// tcp-log, udp-log and prometheus. The other bundled plugins accept any configuration, which comes back as it was sent.
//
// Without a database, POST /config sets the configuration, as JSON, and GET /config shows it in the same form, as the text of
// one field.
package kongtest
