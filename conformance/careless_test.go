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
	leeway     float64                                  // seconds for which exp and nbf are not taken seriously
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
		(hasExp && now < exp+c.leeway || c.ignores == "exp" || !hasExp && claims["exp"] == nil && c.ignores == "no exp") &&
		(nbf < now+c.leeway || nbf <= now || c.ignores == "nbf") &&
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

// accepted returns a token that is good.
func accepted() string {
	return shopIssuer.Sign(map[string]any{"alg": "ES256"}, map[string]any{"iss": shopIssuer.Name, "aud": audience, "exp": int64(9999999999)})
}

func kidOf(r *http.Request) any {
	header, _, _ := parts(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	return header["kid"]
}

// signedWith takes every token that is signed with a secret for a good one.
func signedWith(secret string) func(*http.Request) string {
	return func(r *http.Request) string {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		at := strings.LastIndexByte(token, '.')
		if at < 0 {
			return ""
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(token[:at]))
		if base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) == token[at+1:] {
			return accepted()
		}
		return ""
	}
}

// cachedBy takes every token for a good one whose key is that of a good one that came before.
func cachedBy(key func(token string) string) func(*http.Request) string {
	var known sync.Map
	return func(r *http.Request) string {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if (careless{}).good(token) {
			known.Store(key(token), true)
		}
		if _, ok := known.Load(key(token)); ok && key(token) != "" {
			return accepted()
		}
		return ""
	}
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
