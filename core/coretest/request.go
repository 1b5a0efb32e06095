package coretest

import (
	"context"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// Request is a [core.Request] with the content of its fields. The zero value is GET / over plain HTTP from 192.0.2.1.
type Request struct {
	Verb    string      // empty: GET
	Target  string      // the path, undecoded, with the query; empty: /
	Headers http.Header // names in canonical form
	Site    string      // the host; empty: example.com
	Peer    string      // empty: 192.0.2.1:1234
	TLS     bool
}

// Bearer returns the header of a request with a token (RFC 6750, section 2.1).
func Bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// Method implements [core.Request].
func (r Request) Method() string { return or(r.Verb, http.MethodGet) }

// Scheme implements [core.Request].
func (r Request) Scheme() string {
	if r.TLS {
		return "https"
	}
	return "http"
}

// Host implements [core.Request].
func (r Request) Host() string { return or(r.Site, "example.com") }

// RoutePath implements [core.Request].
func (r Request) RoutePath() string {
	path, _, _ := strings.Cut(or(r.Target, "/"), "?")
	return path
}

// RawQuery implements [core.Request].
func (r Request) RawQuery() string {
	_, query, _ := strings.Cut(r.Target, "?")
	return query
}

// RemoteAddr implements [core.Request].
func (r Request) RemoteAddr() string { return or(r.Peer, "192.0.2.1:1234") }

// Header implements [core.Request].
func (r Request) Header(name string) (string, int) {
	values := r.Headers[name]
	if len(values) == 0 {
		return "", 0
	}
	return values[0], len(values)
}

// FieldLines implements [core.FieldLines].
func (r Request) FieldLines(name string) []string { return r.Headers[name] }

// Recorder is a [core.Response] that records the answer. The zero value is ready to use.
type Recorder struct {
	Status  int // 0 until Send
	Headers http.Header
	Body    []byte
	Sends   int // the number of calls of Send
}

// SetHeader implements [core.Response].
func (r *Recorder) SetHeader(name, value string) { r.headers().Set(name, value) }

// AddHeader implements [core.Response].
func (r *Recorder) AddHeader(name, value string) { r.headers().Add(name, value) }

// Send implements [core.Response].
func (r *Recorder) Send(status int, body []byte) error {
	r.Sends++
	r.Status, r.Body = status, append([]byte(nil), body...)
	return nil
}

func (r *Recorder) headers() http.Header {
	if r.Headers == nil {
		r.Headers = http.Header{}
	}
	return r.Headers
}

// SecurityContext is a [core.SecurityContext] outside of a chain. The zero value is ready to use.
type SecurityContext struct{ auth *core.Auth }

// Auth implements [core.SecurityContext].
func (s *SecurityContext) Auth() *core.Auth { return s.auth }

// HasAuth implements [core.SecurityContext].
func (s *SecurityContext) HasAuth() bool { return s.auth != nil }

// SetAuth implements [core.SecurityContext].
func (s *SecurityContext) SetAuth(auth *core.Auth) error {
	if s.auth != nil {
		return core.ErrAuthSet
	}
	s.auth = auth
	return nil
}

// As returns a copy of ctx in which [core.AuthFrom] finds auth, as in a handler behind a chain. If auth is nil, the context is
// that of an anonymous request.
func As(ctx context.Context, auth *core.Auth) context.Context {
	providers := []core.Provider{core.Optional(), core.ProviderFunc(
		func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			if auth == nil {
				return nil
			}
			return sc.SetAuth(auth)
		})}
	chain, err := core.NewSecurityChain(providers...)
	if err != nil {
		panic(err) // the providers above are fixed
	}
	ctx, _ = chain.Guard(ctx, Request{}, &Recorder{})
	return ctx
}
