package verdict

import (
	"net/http"
	"slices"
	"strings"
)

// Request is one request that all services get.
type Request struct {
	Name   string
	Why    string // the rule by which this library decides
	Good   bool   // it must be served by both
	line   string // method and target
	fields []string
	token  bool // a token in the Authorization field is what is tried
}

// Requests returns all requests, with tokens of issuer.
//
// The tokens of coretest.Attacks cannot be sent: they are for a clock that stands still, and the peers have no setting for the
// clock. Those of coretest.Issuer.Hostile are in the form of Microkubes, without an audience and a kid, which the peers do not
// read either.
func Requests(issuer *Issuer) []Request {
	return slices.Concat(credentials(issuer), algorithms(issuer), headers(issuer), signatures(issuer), registered(issuer), otherClaims(issuer),
		paths(issuer), methods(issuer))
}

func get(name, why string, fields ...string) Request {
	return Request{Name: name, Why: why, line: "GET /hello", fields: fields}
}

func bearer(token string) string { return "Authorization: Bearer " + token }

// with returns a request for /hello with a token.
func with(name, token, why string) Request {
	r := get(name, why, bearer(token))
	r.token = true
	return r
}

// served returns r as a request that must be served.
func served(r Request) Request {
	r.Good = true
	return r
}

func credentials(i *Issuer) []Request {
	good := i.token(nil, nil)
	const (
		oneToken = "the scheme, one space and one token (RFC 6750, section 2.1)"
		twice    = "the gateway may have checked the other one"
		bare     = "a request without a credential gets a challenge without a code (RFC 6750, section 3.1)"
	)
	all := []Request{
		served(with("a good token", good, "")),
		get("no token", bare),
		get("an empty Authorization field", bare, "Authorization:"),
		get("`Bearer` alone", oneToken, "Authorization: Bearer"),
		get("`bearer`, in lower case", "a scheme has no case (RFC 9110, section 11.1)", "Authorization: bearer "+good),
		get("`BEARER`, in upper case", "a scheme has no case (RFC 9110, section 11.1)", "Authorization: BEARER "+good),
		get("two spaces behind `Bearer`", oneToken, "Authorization: Bearer  "+good),
		get("a tab behind `Bearer`", oneToken, "Authorization: Bearer\t"+good),
		get("a word behind the token", oneToken, bearer(good)+" x"),
		get("a comma behind the token", oneToken, bearer(good)+","),
		get("two tokens in one field", oneToken, bearer(good)+", Bearer "+good),
		get("the token without a scheme", bare, "Authorization: "+good),
		get("the token with the scheme Token", bare, "Authorization: Token "+good),
		get("the token with the scheme DPoP", bare, "Authorization: DPoP "+good),
		get("Basic", bare, "Authorization: Basic YTpi"),
		get("two Authorization fields, both good", twice, bearer(good), bearer(good)),
		get("two Authorization fields, a good and a bad one", twice, bearer(good), bearer("x.y.z")),
		get("two Authorization fields, a bad and a good one", twice, bearer("x.y.z"), bearer(good)),
		get("two Authorization fields, Basic and a good one", twice, "Authorization: Basic YTpi", bearer(good)),
		get("the token in a cookie", bare, "Cookie: token="+good+"; jwt="+good),
		get("`Authorization_` in place of Authorization", bare, "Authorization_: Bearer "+good),
	}
	query := get("the token in the query", bare)
	query.line += "?access_token=" + good + "&jwt=" + good
	both := get("the token in the header and in the query", "the query is not read unless a Config names it", bearer(good))
	both.line = query.line
	return append(all, query, both)
}

func paths(i *Issuer) []Request {
	good := bearer(i.token(nil, nil))
	const (
		malformed = "routers disagree about this path, so no rule sees it"
		guarded   = "the chain stands in front of unknown paths, too"
		query     = "the query is not a part of the path"
	)
	all := []Request{{Name: "GET /healthcheck without a token", line: "GET /healthcheck", Good: true},
		{Name: "GET /healthcheck with a bad token", line: "GET /healthcheck", fields: []string{bearer("x.y.z")},
			Why: "a public route is public"}}
	for _, c := range []struct{ target, why string }{
		{"//hello", malformed}, {"/./hello", malformed}, {"/x/../hello", malformed}, {"/hello/../hello", malformed},
		{"/x/%2e%2e/hello", malformed}, {"/x/..%2fhello", malformed}, {"/%2fhello", malformed}, {"/hello%2f", malformed},
		{"/hello%5c", malformed}, {"/hello%00", malformed}, {"/hello#x", malformed}, {"/hello/", guarded}, {"/HELLO", guarded},
		{"/%68ello", guarded}, {"/hello;x", guarded}, {"/hello%25", guarded}, {"/unknown", guarded},
		{"http://orders.example.com/hello", "a target in absolute form is compared by its path (RFC 9112, section 3.2.2)"},
		{"/hello?x=%2f..%2f", query},
	} {
		all = append(all, Request{Name: "GET " + c.target + " with a good token", line: "GET " + c.target, fields: []string{good}, Why: c.why},
			Request{Name: "GET " + c.target + " without a token", line: "GET " + c.target, Why: c.why})
	}
	for _, c := range []struct{ target, why string }{
		{"//healthcheck", malformed}, {"/healthcheck/", guarded}, {"/healthcheck%2f", malformed}, {"/healthcheck/../hello", malformed},
		{"/healthcheck/%2e%2e/hello", malformed}, {"/HEALTHCHECK", guarded}, {"/healthchec%6b", guarded}, {"/healthcheck;/../hello", malformed},
		{"/healthcheck?x=1", query},
	} {
		all = append(all, Request{Name: "GET " + c.target + " without a token", line: "GET " + c.target, Why: c.why})
	}
	return all
}

func methods(i *Issuer) []Request {
	good := bearer(i.token(nil, nil))
	writer := bearer(i.token(nil, object{"scope": "orders:read orders:write"}))
	const (
		guarded = "the chain stands in front of unknown routes, too"
		scope   = "403 `insufficient_scope` (RFC 6750, section 3.1)"
	)
	all := []Request{
		{Name: "POST /orders with the scope", line: "POST /orders", fields: []string{writer}, Good: true},
		{Name: "POST /orders without the scope", line: "POST /orders", fields: []string{good}, Why: scope},
		{Name: "POST /orders without a token", line: "POST /orders", Why: "a challenge (RFC 6750, section 3)"},
		{Name: "POST /orders with the scope in a list", line: "POST /orders",
			fields: []string{bearer(i.token(nil, object{"scope": []string{"orders:write"}}))}, Why: "the forms of the list are those of `Claims.Scopes`"},
		{Name: "POST /orders with a scope of another case", line: "POST /orders",
			fields: []string{bearer(i.token(nil, object{"scope": "Orders:Write"}))}, Why: scope},
		{Name: "GET /hello with `X-HTTP-Method-Override: POST`", line: "GET /hello", Good: true,
			fields: []string{good, "X-HTTP-Method-Override: POST"}},
		{Name: "a preflight of CORS without a token", line: "OPTIONS /hello", Why: "CORS middleware belongs in front",
			fields: []string{"Origin: https://app.example.com", "Access-Control-Request-Method: GET"}},
	}
	for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, "get", "PROPFIND"} {
		why := guarded
		if method == http.MethodOptions {
			why = "the chain guards OPTIONS unless middleware in front answers"
		}
		if method == "get" || method == "PROPFIND" {
			why = "Fiber refuses a method that it does not know before any handler"
		}
		all = append(all, Request{Name: method + " /hello with a good token", line: method + " /hello", fields: []string{good}, Why: why},
			Request{Name: method + " /hello without a token", line: method + " /hello", Why: why})
	}
	all = append(all, Request{Name: "HEAD /healthcheck without a token", line: "HEAD /healthcheck", Why: "a rule for GET covers HEAD"})
	return all
}

// long returns a claim that makes a good token of about size bytes.
func long(i *Issuer, size int) string {
	missing := size - len(i.token(nil, object{"more": ""}))
	return i.token(nil, object{"more": strings.Repeat("x", missing*3/4)})
}
