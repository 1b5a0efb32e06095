package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// algorithms lists the algorithms that the issuer announces and that every library is told to allow.
var algorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}

// weather is how the issuer answers.
type weather int32

const (
	up      weather = iota
	failing         // 503 to every request
	html            // 200 with a page, as a captive portal or a misconfigured proxy answers
	down            // the port is closed
)

// issuer is an authorization server on loopback with a discovery document and a key set. It counts the fetches of the key set.
type issuer struct {
	address  string
	fetches  atomic.Int64
	document atomic.Pointer[document]
	maxAge   atomic.Int64 // of Cache-Control, in seconds; 0: no Cache-Control
	delay    atomic.Int64 // before the key set is sent, in nanoseconds
	weather  atomic.Int32

	mu     sync.Mutex
	server *http.Server // nil: the port is closed
}

// startIssuer starts an issuer on a port of its own.
func startIssuer(d *document) (*issuer, error) {
	i := &issuer{address: "127.0.0.1:0"}
	i.document.Store(d)
	return i, i.listen()
}

func (i *issuer) url() string     { return "http://" + i.address }
func (i *issuer) keysURL() string { return i.url() + "/keys" }

func (i *issuer) listen() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	l, err := net.Listen("tcp", i.address)
	if err != nil {
		return err
	}
	i.address = l.Addr().String()
	i.server = &http.Server{Handler: i, ReadHeaderTimeout: 10 * time.Second}
	go func(s *http.Server) { _ = s.Serve(l) }(i.server)
	return nil
}

// close closes the port and all connections.
func (i *issuer) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.server != nil {
		_ = i.server.Close()
		i.server = nil
	}
}

// turn changes the weather. The port stays the same.
func (i *issuer) turn(w weather) error {
	i.weather.Store(int32(w))
	if w == down {
		i.close()
		return nil
	}
	i.mu.Lock()
	closed := i.server == nil
	i.mu.Unlock()
	if closed {
		return i.listen()
	}
	return nil
}

// ServeHTTP implements [http.Handler].
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	isKeys := r.URL.Path == "/keys"
	if isKeys {
		i.fetches.Add(1)
	}
	switch weather(i.weather.Load()) {
	case failing:
		http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
		return
	case html:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Welcome</title><p>Please sign in to the network.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if seconds := i.maxAge.Load(); seconds > 0 {
		w.Header().Set("Cache-Control", "max-age="+strconv.FormatInt(seconds, 10))
	}
	switch {
	case isKeys:
		time.Sleep(time.Duration(i.delay.Load()))
		i.document.Load().write(w)
	case strings.HasPrefix(r.URL.Path, "/.well-known/"):
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": i.url(), "jwks_uri": i.keysURL(), "authorization_endpoint": i.url() + "/authorize",
			"token_endpoint": i.url() + "/token", "response_types_supported": []string{"code"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": algorithms,
		})
	default:
		http.NotFound(w, r)
	}
}

// document is a key set as the issuer sends it.
type document struct {
	keys    []any
	padding int // the length of a member that nobody needs
}

func (d *document) write(w io.Writer) {
	text, err := json.Marshal(map[string]any{"keys": d.keys})
	if err != nil {
		return // the body is then empty, and no token is accepted
	}
	if d.padding > 0 {
		_, _ = io.WriteString(w, `{"padding":"`)
		block := strings.Repeat("p", 1<<20)
		for left := d.padding; left > 0; left -= len(block) {
			if _, err := io.WriteString(w, block); err != nil {
				return // the reader has had enough
			}
		}
		_, _ = io.WriteString(w, `",`)
		text = text[1:]
	}
	_, _ = w.Write(text)
}
