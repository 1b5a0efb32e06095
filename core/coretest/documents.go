package coretest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// discovery has the members that OpenID Connect Discovery 1.0, section 3, and RFC 8414, section 2, require. Only jwks_uri
// is served.
func (s *IssuerServer) discovery() []byte {
	base := strings.TrimSuffix(s.URL, "/")
	return toJSON(map[string]any{
		"issuer":                                s.Name,
		"jwks_uri":                              s.KeysURL,
		"authorization_endpoint":                base + "/authorize",
		"token_endpoint":                        base + "/token",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{s.algorithm},
	})
}

// document is one of the two that an IssuerServer serves.
type document int

const (
	discoveryDocument document = iota
	keysDocument
	documents // how many there are
)

// find returns the document at a path. The path of the issuer is inserted after the well-known name (RFC 8414,
// section 3.1), or comes before that of OpenID (OpenID Connect Discovery 1.0, section 4).
func (s *IssuerServer) find(path string) (d document, found bool) {
	const oauth, openID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	own := ""
	if u, err := url.Parse(s.URL); err == nil {
		own = strings.TrimSuffix(u.Path, "/")
	}
	switch path {
	case oauth + own, openID + own, own + openID:
		return discoveryDocument, true
	case own + keysPath:
		return keysDocument, true
	}
	return 0, false
}

// accept finds the document at a path and counts the request. end is done when the server closes.
func (s *IssuerServer) accept(path string) (which document, found bool, faults []Fault, end context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if which, found = s.find(path); found {
		s.fetches[which]++
	}
	return which, found, s.faults[which], s.end
}

// ServeHTTP serves the discovery document and the JWK Set, for any host, with the faults that are set.
func (s *IssuerServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	which, found, faults, end := s.accept(r.URL.Path)
	if !found {
		http.NotFound(w, r)
		return
	}
	r, stop := untilEnd(r, end)
	defer stop()
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if which == keysDocument {
			serveJSON(w, r, s.JWKS())
		} else {
			serveJSON(w, r, s.discovery())
		}
	})
	for _, fault := range faults {
		next := handler
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, next) })
	}
	handler.ServeHTTP(w, r)
}

// serveJSON answers with a document, or with 304 if the client has it. It keeps the header fields that a fault has set.
func serveJSON(w http.ResponseWriter, r *http.Request, body []byte) {
	sum := sha256.Sum256(body)
	for name, value := range map[string]string{
		"Content-Type":  "application/json",
		"Cache-Control": "public, max-age=300",
		"Etag":          `"` + hex.EncodeToString(sum[:8]) + `"`,
	} {
		if w.Header().Get(name) == "" {
			w.Header().Set(name, value)
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// untilEnd gives a request a context that is also done when end is. stop must be called after serving it.
func untilEnd(r *http.Request, end context.Context) (_ *http.Request, stop func()) {
	ctx, cancel := context.WithCancel(r.Context())
	unlink := context.AfterFunc(end, cancel)
	if end.Err() != nil {
		cancel() // now: AfterFunc does it in a goroutine
	}
	return r.WithContext(ctx), func() { unlink(); cancel() }
}
