package keys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

const (
	issuerURL = "https://login.example.com/realms/shop"
	keysURL   = "https://keys.example.net/jwks.json"
)

// keyServer is an issuer in memory: it serves a discovery document and a key set, and notes what was asked.
type keyServer struct {
	mu        sync.Mutex
	issuer    string // in the discovery document
	jwksURI   string
	document  string // the key set
	headers   http.Header
	fault     func(w http.ResponseWriter, r *http.Request) bool // answers instead; nil: nothing does
	requested []string                                          // URLs
	fetches   []time.Time                                       // when the key set was asked for
}

func newKeyServer(kids ...string) *keyServer {
	s := &keyServer{issuer: issuerURL, jwksURI: keysURL, headers: http.Header{}}
	s.rotate(kids...)
	return s
}

// rotate replaces the key set by keys of these ids.
func (s *keyServer) rotate(kids ...string) {
	all := []object{}
	for _, kid := range kids {
		all = append(all, jwkEC(object{"kid": kid}))
	}
	s.serve(jwkSet(all...))
}

func jwkSet(all ...object) string { return string(must(json.Marshal(object{"keys": all}))) }

func (s *keyServer) serve(document string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.document = document
}

// fail makes the server answer all by fault; nil ends that.
func (s *keyServer) fail(fault func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// status is a fault that answers all with a status.
func status(code int, headers ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		return true
	}
}

// hang is a fault that never answers.
func hang(_ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	return true
}

func (s *keyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	url := "https://" + r.Host + r.URL.EscapedPath()
	s.requested = append(s.requested, url)
	isKeys := url == s.jwksURI
	if isKeys {
		s.fetches = append(s.fetches, time.Now())
	}
	fault, document, issuer, jwks, headers := s.fault, s.document, s.issuer, s.jwksURI, s.headers.Clone()
	s.mu.Unlock()
	switch {
	case fault != nil && fault(w, r):
	case isKeys:
		for name, values := range headers {
			w.Header()[name] = values
		}
		if tag := headers.Get("Etag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(document))
	case url == issuerURL+"/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(object{"issuer": issuer, "jwks_uri": jwks, "x": []any{nil, 1, "y"}})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// RoundTrip implements [http.RoundTripper] without a network.
func (s *keyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// asked are the URLs that were asked for since the last call.
func (s *keyServer) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	urls := s.requested
	s.requested = nil
	return urls
}

// count is how often the key set was asked for since the last call.
func (s *keyServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.fetches)
	s.fetches = nil
	return n
}

func (s *keyServer) client() *http.Client { return &http.Client{Transport: s} }

// remote opens a set by KeysURL, with a log, and closes it at the end.
func (s *keyServer) remote(t testing.TB, change func(*keys.RemoteConfig)) (*keys.RemoteSet, *records) {
	t.Helper()
	log := &records{}
	c := keys.RemoteConfig{KeysURL: s.jwksURI, Client: s.client(), Logger: textLogger(log)}
	if change != nil {
		change(&c)
	}
	r, err := c.Open(context.Background())
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	return r, log
}

// byIssuer makes a configuration discover.
func byIssuer(c *keys.RemoteConfig) { c.Issuer, c.KeysURL = issuerURL, "" }

// records are the lines of a log.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// lines are the messages since the last call, without time and attributes but with the level.
func (r *records) lines() (short []string) {
	for line := range strings.Lines(r.all()) {
		_, line, _ = strings.Cut(line, "level=")
		level, line, _ := strings.Cut(line, " msg=")
		line, _, _ = strings.Cut(strings.TrimPrefix(line, `"`), `" `)
		short = append(short, level+" "+line)
	}
	return short
}

func (r *records) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.text.Reset()
	return r.text.String()
}

// has reports whether a key of ES256 is found by its id. An error that is not about the id fails the test.
func has(t testing.TB, store keys.Store, kid string) bool {
	t.Helper()
	_, err := store.Find(t.Context(), kid, "ES256")
	if err != nil && !errors.Is(err, keys.ErrUnknownKey) {
		assert.NoError(t, err, kid)
	}
	return err == nil
}

// retryAfter is that of an error that must be an UnavailableError.
func retryAfter(t testing.TB, store keys.Store, kid string) time.Duration {
	t.Helper()
	_, err := store.Find(t.Context(), kid, "ES256")
	require.ErrorIs(t, err, keys.ErrUnavailable)
	require.NotErrorIs(t, err, keys.ErrUnknownKey)
	var u *keys.UnavailableError
	require.ErrorAs(t, err, &u)
	assert.Positive(t, u.RetryAfter)
	assert.Zero(t, u.RetryAfter%time.Second, "whole seconds")
	return u.RetryAfter
}

var (
	discard = slog.New(slog.DiscardHandler)
	silent  = log.New(io.Discard, "", 0) // of servers whose clients break off
)

func textLogger(r *records) *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }
