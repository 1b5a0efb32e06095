package conformance_test

import (
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/microkubes/microkubes-go/conformance"
)

type carelessService struct {
	name     string
	service  careless
	severity conformance.Severity
	finds    string // a case
	with     string // a part of what was sent or of the problem
}

// carelessServices are services with one fault each, and what must be found.
var carelessServices = []carelessService{
	{"no fault", careless{}, "", "", ""},
	{"no check", careless{skips: func(*http.Request) bool { return true }}, conformance.LetsIn, "outcomes/no-credential", "GET /shop/orders"},
	{"no signature", careless{accepts: func(_, c map[string]any) bool { return c["aud"] == audience }}, conformance.LetsIn, "outcomes/bad-credential", "forged"},
	{"alg none", careless{accepts: func(h, _ map[string]any) bool { return h["alg"] == "none" }}, conformance.LetsIn, "tokens/hostile", "alg none"},
	{"alg None", careless{accepts: func(h, _ map[string]any) bool { return h["alg"] == "None" }}, conformance.LetsIn, "tokens/hostile", "alg None"},
	{"key in the header", careless{accepts: func(h, _ map[string]any) bool { return h["jwk"] != nil }}, conformance.LetsIn, "tokens/hostile", "impostor's key"},
	{"expired", careless{ignores: "exp"}, conformance.LetsIn, "tokens/hostile", "expired"},
	{"never expires", careless{ignores: "no exp"}, conformance.LetsIn, "tokens/hostile", "never expires"},
	{"leeway of an hour", careless{leeway: 3600}, conformance.LetsIn, "tokens/hostile", "expired long ago"},
	{"leeway of two minutes", careless{leeway: 120}, conformance.Choice, "tokens/hostile", "clocks"},
	{"leeway of five minutes", careless{leeway: 300}, conformance.Choice, "tokens/hostile", "clocks"},
	{"an empty secret", careless{finds: signedWith("")}, conformance.LetsIn, "tokens/hostile", "an empty secret"},
	{"a key file by kid", careless{finds: func(r *http.Request) string {
		if kid, _ := kidOf(r).(string); strings.HasSuffix(kid, "/dev/null") {
			return signedWith("")(r)
		}
		return ""
	}}, conformance.LetsIn, "tokens/hostile", "kid of an empty file"},
	{"a signature of zeros", careless{finds: func(r *http.Request) string {
		if strings.HasSuffix(r.Header.Get("Authorization"), "."+strings.Repeat("A", 86)) {
			return accepted()
		}
		return ""
	}}, conformance.LetsIn, "tokens/hostile", "zeros"},
	{"a cache without signatures", careless{finds: cachedBy(func(token string) string { return token[:max(0, strings.LastIndexByte(token, '.'))] })}, conformance.LetsIn, "tokens/hostile", "signature"},
	{"a cache by prefix", careless{finds: cachedBy(func(token string) string { return token[:min(len(token), 32)] })}, conformance.LetsIn, "tokens/hostile", "impostor"},
	{"too early", careless{ignores: "nbf"}, conformance.LetsIn, "tokens/hostile", "not valid yet"},
	{"any issuer", careless{ignores: "iss"}, conformance.LetsIn, "tokens/hostile", "of another issuer"},
	{"any issuer, simple", careless{ignores: "iss"}, conformance.LetsIn, "outcomes/bad-credential", "foreign"},
	{"any audience", careless{ignores: "aud"}, conformance.LetsIn, "tokens/hostile", "for another audience"},
	{"critical", careless{ignores: "crit"}, conformance.LetsIn, "tokens/hostile", "critical extension"},
	{"alg confusion", careless{finds: func(r *http.Request) string {
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); confused(token) {
			return shopIssuer.Sign(map[string]any{"alg": "ES256"}, map[string]any{"iss": shopIssuer.Name, "aud": audience, "exp": int64(9999999999)})
		}
		return ""
	}}, conformance.LetsIn, "tokens/hostile", "public key as a secret"},
	{"the first of two", careless{firstOnly: true}, conformance.LetsIn, "outcomes/malformed", "Authorization"},
	{"HEAD is open", careless{skips: func(r *http.Request) bool { return r.Method == "HEAD" }}, conformance.LetsIn, "methods/head-is-guarded-as-get", "HEAD"},
	{"DELETE is open", careless{skips: func(r *http.Request) bool { return r.Method == "DELETE" }}, conformance.LetsIn, "methods/not-listed", "DELETE"},
	{"probes are open", careless{skips: func(r *http.Request) bool { return strings.HasPrefix(r.UserAgent(), "kube-probe") }}, conformance.LetsIn, "requests/no-field-opens", "kube-probe"},
	{"the own network is open", careless{skips: func(r *http.Request) bool { return r.Header.Get("X-Forwarded-For") == "127.0.0.1" }}, conformance.LetsIn, "requests/no-field-opens", "X-Forwarded-For"},
	{"the own machine is open", careless{skips: func(r *http.Request) bool { return r.Header.Get("X-Real-Ip") == "127.0.0.1" }}, conformance.LetsIn, "requests/no-field-opens", "X-Real-Ip"},
	{"override", careless{skips: func(r *http.Request) bool { return r.Header.Get("X-Http-Method-Override") == "OPTIONS" }}, conformance.LetsIn, "methods/override-header", "OPTIONS"},
	{"upgrades are open", careless{skips: func(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }}, conformance.LetsIn, "methods/upgrade", "websocket"},
	{"a user in a header", careless{skips: func(r *http.Request) bool { return r.Header.Get("X-Forwarded-User") != "" }}, conformance.LetsIn, "credentials/not-a-header", "X-Forwarded-User"},
	{"proxy's field", careless{finds: func(r *http.Request) string {
		return strings.TrimPrefix(r.Header.Get("Proxy-Authorization"), "Bearer ")
	}}, conformance.LetsIn, "credentials/other-scheme", "Proxy-Authorization"},
	{"a path in a header", careless{skips: func(r *http.Request) bool { return r.Header.Get("X-Original-Url") == "/open/health" }}, conformance.LetsIn, "paths/header", "X-Original-Url"},
	{"by prefix", careless{skips: func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, "/open/") && strings.HasSuffix(r.URL.Path, "/shop/orders")
	}}, conformance.LetsIn, "paths/dot-segments", "/open/health/../../shop/orders"},
	{"by prefix, encoded", careless{skips: func(r *http.Request) bool { return strings.Contains(r.RequestURI, "%2e%2e/shop/orders") }}, conformance.LetsIn, "paths/encoded-dot-segments", "%2e%2e"},
	{"trailing slash", careless{skips: func(r *http.Request) bool { return r.URL.Path == "/shop/orders/" }}, conformance.LetsIn, "paths/trailing-slash", "orders/"},
	{"upper case", careless{skips: func(r *http.Request) bool { return r.URL.Path == "/SHOP/ORDERS" }}, conformance.LetsIn, "paths/case", "/SHOP/ORDERS"},
	{"escaped", careless{skips: func(r *http.Request) bool { return strings.HasPrefix(r.RequestURI, "/%73hop/orders") }}, conformance.LetsIn, "paths/escaped-unreserved", "/%73hop"},
	{"an encoded slash", careless{skips: func(r *http.Request) bool { return r.RequestURI == "/shop%2Forders" }}, conformance.LetsIn, "paths/encoded-slash", "/shop%2Forders"},
	{"a parameter of the path", careless{skips: func(r *http.Request) bool { return r.RequestURI == "/shop/orders;x" }}, conformance.LetsIn, "paths/case", "/shop/orders;x"},
	{"empty segment", careless{skips: func(r *http.Request) bool { return r.URL.Path == "//shop/orders" }}, conformance.LetsIn, "paths/empty-segment", "//shop"},
	{"the query counts", careless{skips: func(r *http.Request) bool { return strings.Contains(r.RequestURI, "?/public/x") }}, conformance.LetsIn, "paths/query", "?/public/x"},
	{"absolute form", careless{skips: func(r *http.Request) bool {
		return strings.HasPrefix(r.RequestURI, "http") && r.URL.Path == "/shop/orders"
	}}, conformance.LetsIn, "paths/absolute-form", "http://"},
	{"HEAD is open to all", careless{skips: func(r *http.Request) bool { return r.Method == "HEAD" }}, conformance.LetsIn, "outcomes/head-has-no-body", "HEAD"},
	{"no token at all", careless{skips: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer" }}, conformance.LetsIn, "credentials/scheme-without-one-token", "Bearer"},
	{"CONNECT is open", careless{skips: func(r *http.Request) bool { return r.Method == "CONNECT" }}, conformance.LetsIn, "methods/connect", "CONNECT"},
	{"joins lines", careless{finds: func(r *http.Request) string {
		return strings.ReplaceAll(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), " ", "")
	}}, conformance.Choice, "credentials/folded", "unusual form"},
	{"drops NUL", careless{listen: func(l net.Listener) net.Listener { return dropping{l} }}, conformance.LetsIn, "credentials/control-characters", "token"},
	{"repeats errors", careless{listen: func(l net.Listener) net.Listener { return repeatingListener{l} }}, conformance.Leaks, "credentials/not-sent-back", "repeats a part"},
	{"by connection", careless{perConn: &sync.Map{}}, conformance.LetsIn, "concurrency/pipelined", "GET /shop/orders"},
	{"bad is a guest", careless{guestIfBad: true}, conformance.LetsIn, "providers/bad-is-not-anonymous", "GET /shop/me"},
	{"foreign is a guest", careless{guestIfBad: true}, conformance.LetsIn, "providers/not-mine-is-not-anonymous", "GET /shop/me"},
	{"a token in the query", careless{finds: func(r *http.Request) string { return r.URL.Query().Get("access_token") }}, conformance.Choice, "credentials/query-and-cookie-are-off", "in the query"},
	{"with case", careless{cased: true}, conformance.Refuses, "credentials/scheme-has-no-case", "bearer"},
	{"closed for bad tokens", careless{strictOpen: true}, conformance.Refuses, "routes/public", "GET /open/health"},
	{"no challenge", careless{refuses: challenge("")}, conformance.Misleads, "outcomes/no-credential", "section 15.5.2"},
	{"another scheme", careless{refuses: challenge("JWT")}, conformance.Misleads, "outcomes/no-credential", "names the scheme Bearer"},
	{"no code", careless{refuses: challenge(bearerChallenge)}, conformance.Choice, "outcomes/bad-credential", "no error code"},
	{"a needless code", careless{refuses: challenge(bearerChallenge + `, error="invalid_token"`)}, conformance.Choice, "outcomes/no-credential", "although no token"},
	{"400 for 401", careless{refuses: status(400)}, conformance.Misleads, "outcomes/no-credential", "other than 401"},
	{"403 for 401", careless{refuses: status(403)}, conformance.Misleads, "outcomes/no-credential", "403, not 401"},
	{"401 for 403", careless{refuses: status(401)}, conformance.Misleads, "outcomes/missing-role", "401, not 403"},
	{"401 for 400", careless{refuses: status(401)}, conformance.Choice, "outcomes/malformed", "not a 400"},
	{"404 for 401", careless{refuses: status(404)}, conformance.Choice, "outcomes/no-credential", "hides that the path exists"},
	{"500 for 401", careless{refuses: status(500)}, conformance.Misleads, "outcomes/no-credential", "5xx"},
	{"to the login", careless{refuses: status(302)}, conformance.Misleads, "outcomes/no-credential", "redirect"},
}
