package coretest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// IssuerServer is an Issuer that publishes its keys over HTTP, as an OpenID provider does. It is for tests only: whoever
// reaches it can trust nothing that it serves. It is safe for concurrent use.
//
// It serves a JWK Set at KeysURL and a discovery document at the three addresses that clients try. For the issuer
// http://127.0.0.1:4000/realms/shop these are
//
//	http://127.0.0.1:4000/.well-known/oauth-authorization-server/realms/shop
//	http://127.0.0.1:4000/.well-known/openid-configuration/realms/shop
//	http://127.0.0.1:4000/realms/shop/.well-known/openid-configuration
//
// Both documents have ETag and Cache-Control, and follow Announce, Rotate and Retire at once. Fail, FailDiscovery, FailKeys and
// Refuse make the server misbehave until Heal. An IssuerServer is also an [http.Handler], for a server of your own.
//
// A [keys.RemoteSet] follows them at its next fetch, which a token with an unknown `kid` causes once per cool-down: set
// [keys.RemoteConfig].CoolDown to a millisecond in a test that rotates more than once, and send again for as long as the answer
// is 503. To see a retired key refused, first send a token with a new or a made-up `kid`.
type IssuerServer struct {
	*Issuer
	URL     string // the address of the issuer, which is its name unless it was given another URL as its name
	KeysURL string // the address of the JWK Set

	starting sync.Mutex // held while the server starts or stops; taken before mu
	mu       sync.Mutex // guards the fields below, and Name, URL and KeysURL during the start
	faults   [documents][]Fault
	fetches  [documents]int
	hasName  bool                    // the name was a URL before the start
	restart  func() *httptest.Server // nil before the first start
	running  *httptest.Server        // nil while connections are refused
	loopback loopback                // not used by a server in memory
	client   *http.Client
	end      context.Context // of the requests in progress
	cancel   context.CancelFunc
}

const keysPath = "/jwks"

// StartIssuer starts an issuer that listens on a loopback address, which is its name. It signs with RS256.
func StartIssuer() *IssuerServer {
	s := NewIssuerServer(NewIssuer(""))
	s.Start()
	return s
}

// NewIssuerServer makes a server for an issuer, which does not listen yet. The name of the issuer must be a URL, or only the
// path of one, such as "/realms/shop" or "". Start and StartTLS put their address before a path. Any other name panics.
//
//	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("/realms/shop", "ES256"))
//	issuer.StartTLS()
//	defer issuer.Close()
//
// An issuer whose name is a URL does not have to listen: its Client reaches it in memory. This works in a testing/synctest
// bubble if the server was made in it.
func NewIssuerServer(issuer *Issuer) *IssuerServer {
	s := &IssuerServer{Issuer: issuer}
	s.end, s.cancel = context.WithCancel(context.Background())
	u, err := url.Parse(issuer.Name)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "":
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		s.hasName = true
		s.setURL(issuer.Name)
		return s
	case u.EscapedPath() == issuer.Name && (issuer.Name == "" || issuer.Name[0] == '/'):
		return s
	}
	panic("coretest: the name of an issuer over HTTP must be a URL, or the path of one, without a query")
}

func (s *IssuerServer) setURL(address string) {
	s.URL, s.KeysURL = address, strings.TrimSuffix(address, "/")+keysPath
}

// Start listens on a loopback address, without TLS. An issuer whose name is a URL keeps that name and is reached at another
// URL, as in a cluster where an issuer has an outer and an inner address.
func (s *IssuerServer) Start() { s.start((*httptest.Server).Start) }

// StartTLS is like Start, with TLS. Client trusts its certificate.
func (s *IssuerServer) StartTLS() { s.start((*httptest.Server).StartTLS) }

func (s *IssuerServer) start(serve func(*httptest.Server)) {
	restart := func() *httptest.Server {
		server := s.server(s.loopback.listen())
		serve(server)
		return server
	}
	s.starting.Lock()
	defer s.starting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.restart != nil {
		panic("coretest: the issuer was started before")
	}
	s.restart = restart
	s.open()
	s.client = s.running.Client()
	if u, _ := url.Parse(s.Name); s.hasName {
		s.setURL(s.running.URL + u.EscapedPath())
	} else {
		s.Name = s.running.URL + s.Name
		s.setURL(s.Name)
	}
}

// open accepts connections again, if it does not already. Both locks are held.
func (s *IssuerServer) open() {
	if s.end.Err() != nil {
		s.end, s.cancel = context.WithCancel(context.Background())
	}
	if s.running == nil && s.restart != nil {
		s.running = s.restart()
	}
}

func (s *IssuerServer) server(listener net.Listener) *httptest.Server {
	return &httptest.Server{Listener: listener, Config: &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}}
}

// Client returns a client for this server. After StartTLS it trusts the server's certificate. Without Start or StartTLS all its
// connections lead to this server, in memory and whatever the scheme and the host. Then Fetches also counts a request for
// another host, such as a private address.
func (s *IssuerServer) Client() *http.Client {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client
	}
	if !s.hasName {
		panic("coretest: the issuer has no address: name it by a URL, or call Start before Client")
	}
	memory := &memory{}
	s.restart = func() *httptest.Server {
		server := s.server(memory.listen())
		server.Start()
		return server
	}
	s.client = &http.Client{Transport: &http.Transport{DialContext: memory.dial, DialTLSContext: memory.dial}}
	if s.end.Err() == nil { // not refusing
		s.open()
	}
	return s.client
}

// Close stops the server and frees its port. It ends the requests in progress, closes all connections, and waits for the
// server's goroutines. It may be called more than once.
func (s *IssuerServer) Close() {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.stop()
	s.loopback.free()
}

// Refuse closes all connections and refuses new ones until Heal. Requests in progress end without an answer. On Linux the port
// stays reserved meanwhile. On other systems it is free, and Heal panics if another program has taken it: there, beside other
// programs, use Fail with [Reset].
func (s *IssuerServer) Refuse() {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.stop()
}

// stop is what Refuse and Close have in common. The lock starting is held.
func (s *IssuerServer) stop() {
	s.mu.Lock()
	running := s.running
	s.running = nil
	s.cancel()
	s.mu.Unlock() // requests in progress may need it to end
	if running != nil {
		_ = running.Listener.Close()
		running.CloseClientConnections()
		running.Close()
	}
}

// Fail sets the faults of both documents. They replace those of earlier calls. Several faults are applied from left to right:
// the first to the sound document, each later one to the result.
func (s *IssuerServer) Fail(faults ...Fault) {
	s.fail(discoveryDocument, faults)
	s.fail(keysDocument, faults)
}

// FailDiscovery is like Fail, for the discovery document alone.
func (s *IssuerServer) FailDiscovery(faults ...Fault) { s.fail(discoveryDocument, faults) }

// FailKeys is like Fail, for the JWK Set alone.
func (s *IssuerServer) FailKeys(faults ...Fault) { s.fail(keysDocument, faults) }

func (s *IssuerServer) fail(which document, faults []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[which] = slices.Clone(faults)
}

// Heal removes all faults and accepts connections again, at the same address. Requests in progress keep their faults.
func (s *IssuerServer) Heal() {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = [documents][]Fault{}
	s.open()
}

// Fetches returns the number of requests for the discovery document and for the JWK Set. It counts those that a fault answered,
// and not connections that were refused.
func (s *IssuerServer) Fetches() (discovery, jwks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches[discoveryDocument], s.fetches[keysDocument]
}
