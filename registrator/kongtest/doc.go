// Package kongtest provides a Kong gateway inside the process, for tests of services that register themselves, and for
// demonstrations.
//
// [Start] returns a gateway that listens on loopback ports:
//
//	gateway := kongtest.Start(kongtest.Config{})
//	defer gateway.Close()
//	// register something at gateway.AdminURL(), then send requests to gateway.ProxyURL()
//
// With Config.RouterDelay 0, a route is live when the registration has returned. registrator.WaitLive takes 5.4 seconds here,
// too, so a test does without it. The test of a service that package service runs sends a first request to /healthcheck at the
// listener of the service: it is answered when the service is registered and serves.
//
// [New] returns a gateway without listeners. Its Admin API is an [http.Handler], which works in a testing/synctest bubble.
//
// # What it is
//
// The Admin API answers as Kong 3.9.3, as Kong 2.8.5, or as 3.9.3 without a database: services, routes, upstreams, targets,
// plugins and tags, with the defaults, the errors and the oddities of that version. The tests replay recordings of real
// gateways and compare every answer. The proxy serves what was registered. [Gateway.Requests] returns the requests that the
// Admin API received. A [Fault] disturbs such a request. [Cut], [Hang] and [Answer] act before the Admin API handles it, so
// nothing changes. [CutAfter], [HangAfter] and [AnswerAfter] act afterwards: the change is made, but the client does not learn
// of it.
//
// # What it is not
//
// Without Config.Consumers, the proxy enforces no plugins: a route with key-auth is open. With consumers, it enforces jwt (HS256
// alone), key-auth, basic-auth, oauth2 (tokens alone, not their endpoints) and acl, sets the headers that these set, and removes
// those that they remove. A forged header reaches the service where it does so with the real gateway.
//
// The proxy balances by weight only, applies no timeouts of services, makes no health checks, and serves no streams. Kong checks
// its regular expressions with PCRE, kongtest with package regexp: a path of a route that only PCRE supports is accepted as Kong
// 2 does, and matches nothing here.
//
// If several routes match a request, the rules of the version decide between them. Kong 3 orders two routes whose matchers have
// the same rank by their ids, which are random. A test must not rely on the older route.
//
// A request for a service whose host name does not exist gets 503, as in Kong. If the resolver fails in another way, the answer
// is 500, as in Kong. Kong 3 then adds the message of its resolver, and kongtest does not.
//
// In the Admin API, consumers, certificates and other collections are empty lists. Nothing can be stored there, and nothing can
// refer to them. Schemas are not shown. GET / and GET /status have only the keys that clients read. The schemas of these plugins
// are known: rate-limiting, cors, key-auth, basic-auth, hmac-auth, jwt, acl, bot-detection, ip-restriction, correlation-id,
// request-size-limiting, request-termination, request-transformer, response-transformer, file-log, http-log, tcp-log, udp-log and
// prometheus. The other bundled plugins accept any configuration and show it unchanged.
//
// Without a database (see Config.DBLess), POST /config sets the configuration, which is JSON, and GET /config shows it in the
// same form, as the text of one field.
package kongtest
