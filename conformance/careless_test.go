package conformance_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

// careless is a service on the standard library alone, as it is written in a hurry. Its zero value has no fault that the suite
// finds. Each field is one fault.
type careless struct {
	skips      func(r *http.Request) bool               // requests that are not checked
	accepts    func(header, claims map[string]any) bool // tokens that are accepted without another look
	finds      func(r *http.Request) (token string)     // where else a token is read from
	refuses    func(w http.ResponseWriter, status int)  // the answer in place of a refusal
	ignores    string                                   // a claim that is not checked
	firstOnly  bool                                     // of two fields the second is overlooked
	cased      bool                                     // the scheme is compared with case
	guestIfBad bool                                     // on the optional path a bad token is that of a guest
	strictOpen bool                                     // on the public path a bad token is refused
	perConn    *sync.Map                                // connections that have been served, if not nil
	listen     func(net.Listener) net.Listener          // what stands between the network and the server, or nil
}

// dropping is a listener whose connections drop NUL bytes.
type dropping struct{ net.Listener }

func (d dropping) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	return withoutNUL{conn}, err
}

type withoutNUL struct{ net.Conn }

func (c withoutNUL) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return copy(p, bytes.ReplaceAll(p[:n], []byte{0}, nil)), err
}

const bearerChallenge = `Bearer realm="shop"`

func (c careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	token, sent := c.token(r)
	fields := r.Header.Values("Authorization")
	known := c.good(token)
	if c.perConn != nil {
		if known {
			c.perConn.Store(r.RemoteAddr, true)
		}
		_, known = c.perConn.Load(r.RemoteAddr)
		sent = sent || known
	}
	switch {
	case path == "/open/health" && (!c.strictOpen || !sent || known), c.skips != nil && c.skips(r):
		fmt.Fprint(w, strings.Repeat("ok ", 1000))
	case len(fields) > 1 && !c.firstOnly:
		c.refuse(w, 400, "invalid_request")
	case path == "/shop/me" && (!sent || c.guestIfBad) && len(fields) == 0, path == "/shop/me" && c.guestIfBad:
		fmt.Fprint(w, "hello")
	case !sent:
		c.refuse(w, 401, "")
	case !known:
		c.refuse(w, 401, "invalid_token")
	case path == "/shop/admin" && scopes(token) != "admin":
		c.refuse(w, 403, "insufficient_scope")
	case !strings.HasPrefix(path, "/shop/") || r.Method != "GET" && r.Method != "HEAD":
		http.NotFound(w, r)
	default:
		fmt.Fprint(w, "order")
	}
}

// token returns the token of a request, and whether there is one.
func (c careless) token(r *http.Request) (string, bool) {
	if c.finds != nil {
		if token := c.finds(r); token != "" {
			return token, true
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme == "Bearer" || !c.cased && strings.EqualFold(scheme, "Bearer") {
		return token, true
	}
	return "", false
}

func (c careless) refuse(w http.ResponseWriter, status int, code string) {
	if c.refuses != nil {
		c.refuses(w, status)
		return
	}
	if code != "" {
		code = `, error="` + code + `"`
	}
	w.Header().Set("WWW-Authenticate", bearerChallenge+code)
	w.WriteHeader(status)
}

// parts decodes a token.
func parts(token string) (header, claims map[string]any, ok bool) {
	all := strings.Split(token, ".")
	if len(all) != 3 {
		return nil, nil, false
	}
	for i, object := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(all[i])
		if err != nil || json.Unmarshal(text, object) != nil || *object == nil {
			return nil, nil, false
		}
	}
	return header, claims, true
}

func scopes(token string) any {
	_, claims, _ := parts(token)
	return claims["scopes"]
}

func (c careless) good(token string) bool {
	header, claims, ok := parts(token)
	if !ok {
		return false
	}
	if c.accepts != nil && c.accepts(header, claims) {
		return true
	}
	now := float64(time.Now().Unix())
	exp, hasExp := claims["exp"].(float64)
	nbf, _ := claims["nbf"].(float64)
	return signed(token, header) &&
		(header["crit"] == nil || c.ignores == "crit") &&
		(hasExp && now < exp || c.ignores == "exp" || !hasExp && claims["exp"] == nil && c.ignores == "no exp") &&
		(nbf <= now || c.ignores == "nbf") &&
		(claims["iss"] == shopIssuer.Name || c.ignores == "iss") &&
		(claims["aud"] == audience || c.ignores == "aud")
}

func signed(token string, header map[string]any) bool {
	at := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	sum := sha256.Sum256([]byte(token[:at]))
	if err != nil || len(signature) != 64 || header["alg"] != "ES256" {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(shopIssuer.PublicKey().(*ecdsa.PublicKey), sum[:], r, s)
}

// confused accepts what is signed with the public key as a secret.
func confused(token string) bool {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return false
	}
	der, _ := x509.MarshalPKIXPublicKey(shopIssuer.PublicKey())
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(token[:at]))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) == token[at+1:]
}

func status(code int) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, _ int) {
		w.Header().Set("WWW-Authenticate", bearerChallenge)
		w.Header().Set("Location", "/login")
		w.WriteHeader(code)
	}
}

func challenge(value string) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, status int) {
		if value != "" {
			w.Header().Set("WWW-Authenticate", value)
		}
		w.WriteHeader(status)
	}
}

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

func TestCarelessServices(t *testing.T) {
	for _, c := range carelessServices {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			listen := sound().listen
			if c.service.listen != nil {
				listen = c.service.listen
			}
			server := quiet(c.service, listen)
			defer server.Close()
			got, err := conformance.CheckTarget(t.Context(), target(server.URL))
			require.NoError(t, err)
			if c.finds == "" {
				assert.Empty(t, got.Broken())
				return
			}
			assert.True(t, slices.ContainsFunc(got.Findings, func(f conformance.Finding) bool {
				return f.Severity == c.severity && (f.Case == c.finds || slices.Contains(f.Also, c.finds)) && strings.Contains(f.Sent+f.Problem, c.with)
			}), "%s %s is not among %v", c.severity, c.finds, got.Findings)
			assert.Equal(t, c.severity != conformance.Choice, slices.Contains(got.Broken(), c.finds))
			assert.False(t, c.severity != conformance.LetsIn && slices.ContainsFunc(got.Findings, func(f conformance.Finding) bool {
				return f.Severity == conformance.LetsIn
			}), "%v", got.Findings)
		})
	}
}

// TestEveryTriedCaseFindsAFault looks for a careless service for each case that is tried by status alone.
func TestEveryTriedCaseFindsAFault(t *testing.T) {
	got, err := conformance.CheckTarget(t.Context(), target(strictService(t, "")))
	require.NoError(t, err)
	for _, name := range got.Tried {
		assert.True(t, slices.ContainsFunc(carelessServices, func(c carelessService) bool {
			return c.finds == name
		}), "no careless service breaks %s", name)
	}
}
