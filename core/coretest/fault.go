package coretest

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// Fault answers a request in place of a sound [IssuerServer]. next serves the document. You can write your own; this one
// forbids caching:
//
//	issuer.Fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
//		w.Header().Set("Cache-Control", "no-store")
//		next.ServeHTTP(w, r)
//	})
//
// A fault that waits must return when the context of r is done: the client is gone, or the server closes.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Faults without parameters.
var (
	// Outage answers 503 without Retry-After. Use Answer for one with it.
	Outage Fault = Answer(http.StatusServiceUnavailable, "text/plain", "unavailable\n")

	// Reset resets the connection before any answer. See also [IssuerServer.Refuse].
	Reset Fault = reset

	// Garbage answers 200 with bytes that are not JSON.
	Garbage Fault = Answer(http.StatusOK, "application/json", "\x00\xff{]not JSON")

	// Truncated answers 200 with the first half of the document.
	Truncated Fault = rewrite(func(document []byte) []byte { return document[:len(document)/2] })

	// HTML answers 200 with a page, as a captive portal does.
	HTML Fault = Answer(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title><p>Sign in.\n")

	// Oversized answers 200 with a body that never ends. It must be the last fault of a Fail.
	Oversized Fault = oversized

	// EmptySet serves a JWK Set without keys.
	EmptySet Fault = Member("keys", []any{})

	// MalformedKey adds a malformed key to the JWK Set, before the good ones.
	MalformedKey Fault = Beside(`{"kty":"RSA","kid":"malformed","n":7,"e":["AQAB"]}`)
)

// Answer sends a fixed answer in place of the document. header holds names and values in turn; a name without a value panics.
//
//	issuer.Fail(coretest.Answer(503, "text/plain", "", "Retry-After", "30"))
func Answer(status int, contentType, body string, header ...string) Fault {
	if len(header)%2 != 0 {
		panic("coretest: a header of Answer has no value")
	}
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		for pair := range slices.Chunk(header, 2) {
			w.Header().Set(pair[0], pair[1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Redirect answers 302 with a Location, such as one on another host.
func Redirect(location string) Fault {
	return Answer(http.StatusFound, "text/plain", "", "Location", location)
}

// Delay waits before the answer.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		pause(r, d)
		next.ServeHTTP(w, r)
	}
}

// Drip sends the document byte by byte, with a pause before each, and white space after it until the client gives up.
// It must be the last fault of a Fail.
func Drip(between time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		document := record(w, r, next).Body.Bytes()
		w.Header().Set("Content-Type", "application/json")
		_ = http.NewResponseController(w).Flush()
		for {
			octet := []byte(" ")
			if len(document) > 0 {
				octet, document = document[:1], document[1:]
			}
			pause(r, between)
			if _, err := w.Write(octet); err != nil {
				panic(http.ErrAbortHandler)
			}
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// pause waits. It aborts the answer when the client is gone or the server closes.
func pause(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
}

func oversized(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write([]byte(`{"keys":[`))
	for spaces := []byte(strings.Repeat(" ", 32<<10)); err == nil && r.Context().Err() == nil; {
		_, err = w.Write(spaces)
	}
	panic(http.ErrAbortHandler) // without it the body would end well
}

func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = inner.NetConn() // below TLS, which would say goodbye
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Member replaces a member of a document, or removes it if the value is [Absent]. A document without the member stays as it is.
// It makes the issuer lie:
//
//	issuer.Fail(coretest.Member("issuer", "https://login.example.net"))             // another issuer
//	issuer.Fail(coretest.Member("jwks_uri", "http://169.254.169.254/keys")) // a private address
func Member(name string, value any) Fault {
	var text []byte
	if value != Absent {
		text = toJSON(value)
	}
	return edit(func(members map[string]json.RawMessage) {
		if _, found := members[name]; !found {
			return
		}
		if members[name] = text; text == nil {
			delete(members, name)
		}
	})
}

// Beside adds a key to the JWK Set, before the good ones. The key can be any JSON value; text that is not JSON panics.
func Beside(jwk string) Fault {
	if !json.Valid([]byte(jwk)) {
		panic("coretest: the key of Beside is not JSON")
	}
	return edit(func(members map[string]json.RawMessage) {
		var all []json.RawMessage
		if json.Unmarshal(members["keys"], &all) == nil {
			members["keys"] = toJSON(slices.Insert(all, 0, json.RawMessage(jwk)))
		}
	})
}

// EncryptionKey adds the key of another issuer to the JWK Set, with its id there and with the use "enc". A token that the
// other issuer signs must be refused.
func EncryptionKey(other *Issuer) Fault {
	jwk := other.jwk(other.published()[0])
	jwk["use"] = "enc"
	delete(jwk, "alg")
	return Beside(string(toJSON(jwk)))
}

// edit changes the members of a document. An answer that is not a JSON object stays as it is.
func edit(change func(members map[string]json.RawMessage)) Fault {
	return rewrite(func(document []byte) []byte {
		var members map[string]json.RawMessage
		if json.Unmarshal(document, &members) != nil {
			return document
		}
		change(members)
		return toJSON(members)
	})
}

// rewrite changes a document and its ETag. An answer other than 200 stays as it is.
func rewrite(change func(document []byte) []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := record(w, r, next)
		maps.Copy(w.Header(), answer.Header())
		if answer.Code != http.StatusOK {
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
		w.Header().Del("Etag")
		w.Header().Del("Content-Length")
		serveJSON(w, r, change(answer.Body.Bytes()))
	}
}

// record returns the whole answer of next, whatever part the client asks for. Its header starts as that of w.
func record(w http.ResponseWriter, r *http.Request, next http.Handler) *httptest.ResponseRecorder {
	r = r.Clone(r.Context())
	r.Method = http.MethodGet
	for _, name := range []string{"If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"} {
		r.Header.Del(name)
	}
	answer := httptest.NewRecorder()
	maps.Copy(answer.Header(), w.Header())
	next.ServeHTTP(answer, r)
	return answer
}
