package main

import (
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// request is one request with the answer that every framework must give. The expected answers are written by hand.
type request struct {
	what    string
	target  string
	method  string   // empty: GET
	headers []string // complete field lines
	direct  bool     // sent past the gateway, as a client inside the network can do
	want    answer
}

type answer struct {
	status    int
	challenge string
	body      string
}

// The answers of the security policy.
var (
	unauthenticated = answer{401, `Bearer realm="microkubes"`, `{"code":401,"message":"authentication required"}`}
	invalidToken    = answer{401, `Bearer realm="microkubes", error="invalid_token"`, `{"code":401,"message":"invalid token"}`}
	malformed       = answer{400, `Bearer realm="microkubes", error="invalid_request"`,
		`{"code":400,"message":"malformed request"}`}
	missingScope = answer{403, `Bearer realm="microkubes", error="insufficient_scope", scope="orders:read"`,
		`{"code":403,"message":"access denied"}`}
	servedUser     = answer{200, "", "Hello user@example.com"}
	servedStranger = answer{200, "", "Hello stranger"}
)

func requests(issuer *coretest.Issuer) []request {
	good := issuer.Microkubes(nil)
	orders := issuer.Microkubes(coretest.Claims{"scopes": "api:read,orders:read"})
	expired := issuer.Microkubes(coretest.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
	inAnHour := time.Now().Add(time.Hour).Unix()
	forged := coretest.Forge(good, coretest.Claims{"iss": issuer.Name, "username": "admin", "exp": inAnHour})
	unsigned := issuer.Sign(map[string]any{"alg": "none", "typ": "JWT"}, coretest.Claims{"iss": issuer.Name, "sub": "admin"})
	stranger := coretest.NewIssuer("Somebody Else").Microkubes(nil)
	impostor := coretest.NewIssuer(issuer.Name).Microkubes(nil)
	long := issuer.Microkubes(coretest.Claims{"padding": strings.Repeat("p", 5500)}) // about 8 KiB as a token

	server := *issuer // another issuer with the same key, as on Microkubes
	server.Name = loginServer
	access := server.AccessToken(thisService, coretest.Claims{"scope": "orders:read", "username": "user@example.com"})
	elsewhere := server.AccessToken("https://other.example.com", nil)
	identity := server.Sign(map[string]any{"alg": "RS256", "typ": "JWT"},
		coretest.Claims{"iss": loginServer, "aud": thisService, "sub": "user", "nonce": "n", "exp": inAnHour})

	return []request{
		{what: "a valid token", target: "/hello", headers: bearer(good), want: servedUser},
		{what: "a valid token of 8 KiB", target: "/hello", headers: bearer(long), want: servedUser},
		{what: "no token", target: "/hello", want: unauthenticated},
		{what: "no token, HEAD", target: "/hello", method: "HEAD", want: withoutBody(unauthenticated)},
		{what: "an expired token", target: "/hello", headers: bearer(expired), want: invalidToken},
		{what: "a forged token", target: "/hello", headers: bearer(forged), want: invalidToken},
		{what: "a token with alg none", target: "/hello", headers: bearer(unsigned), want: invalidToken},
		{what: "signed by an impostor", target: "/hello", headers: bearer(impostor), want: invalidToken},
		{what: "of another issuer", target: "/hello", headers: bearer(stranger), want: invalidToken},
		{what: "not a token", target: "/hello", headers: bearer("garbage"), want: invalidToken},
		{what: "an OAuth2 access token", target: "/orders", headers: bearer(access), want: servedUser},
		{what: "one for another service", target: "/orders", headers: bearer(elsewhere), want: invalidToken},
		{what: "an ID token instead", target: "/hello", headers: bearer(identity), want: invalidToken},
		{what: "the right scope", target: "/orders", headers: bearer(orders), want: servedUser},
		{what: "the wrong scope", target: "/orders", headers: bearer(good), want: missingScope},
		{what: "two Authorization fields", target: "/hello", headers: append(bearer(good), bearer(good)...), want: malformed},
		{what: "Bearer without a token", target: "/hello", headers: []string{"Authorization: Bearer"}, want: malformed},
		{what: "a public route", target: "/public/page", want: servedStranger},
		{what: "a route marked Public", target: "/marked", headers: bearer(expired), want: servedStranger},
		{what: "an encoded slash", target: "/public%2Fpage", want: malformed},
		{what: "an encoded letter, which Kong decodes", target: "/public/%70age", want: servedStranger},
		{what: "the same past the gateway", target: "/public/%70age", direct: true, want: unauthenticated},
		{what: "the same with a token", target: "/public/%70age", headers: bearer(good), direct: true, want: servedUser},
	}
}

func withoutBody(a answer) answer {
	a.body = ""
	return a
}

func bearer(token string) []string { return []string{"Authorization: Bearer " + token} }
