package keys_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// discovering is a chain that gets its keys by discovery, and its issuer in memory. It lives in a bubble.
type discovering struct {
	*coretest.IssuerServer
	store *keys.RemoteSet
	chain *core.SecurityChain

	mu      sync.Mutex
	dialled map[string]bool
}

// newDiscovering starts the issuer with faults, and then the chain.
func newDiscovering(t *testing.T, fail func(*coretest.IssuerServer)) *discovering {
	t.Helper()
	p := &discovering{dialled: map[string]bool{}}
	p.IssuerServer = coretest.NewIssuerServer(coretest.NewIssuerFor("https://login.example.com/realms/shop", "ES256"))
	t.Cleanup(p.Close)
	if fail != nil {
		fail(p.IssuerServer)
	}
	transport := p.Client().Transport.(*http.Transport).Clone()
	dial := transport.DialTLSContext
	transport.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		p.mu.Lock()
		p.dialled[address] = true
		p.mu.Unlock()
		return dial(ctx, network, address)
	}
	var err error
	p.store, err = keys.RemoteConfig{Issuer: p.Name, Client: &http.Client{Transport: transport}, Logger: discard}.Open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.store.Close() })
	p.chain, err = core.NewSecurityChain(oauth2.New(p.store, oauth2.AccessTokens(p.Name, "api")))
	require.NoError(t, err)
	p.chain = p.chain.WithLogger(discard)
	return p
}

// verdict is the status for a token: 200 where the handler runs. A 503 must say when to come again.
func (p *discovering) verdict(t *testing.T, token string) int {
	t.Helper()
	var res coretest.Recorder
	if _, ok := p.chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res); ok {
		return http.StatusOK
	}
	if res.Status == http.StatusServiceUnavailable {
		seconds, err := strconv.Atoi(res.Headers.Get("Retry-After"))
		assert.NoError(t, err)
		assert.Positive(t, seconds)
	}
	return res.Status
}

func (p *discovering) token() string { return p.AccessToken("api", nil) }

// letPass lets time go by, with all fetches that are due.
func letPass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// faultsOfTheSet are those with which no key set can be had.
var faultsOfTheSet = map[string]func(*coretest.IssuerServer){
	"outage":          failBoth(coretest.Outage),
	"retry later":     failBoth(coretest.Answer(503, "text/plain", "", "Retry-After", "90")),
	"reset":           failBoth(coretest.Reset),
	"refused":         (*coretest.IssuerServer).Refuse,
	"delay":           failBoth(coretest.Delay(time.Hour)),
	"drip":            failBoth(coretest.Drip(time.Second)),
	"fast drip":       failBoth(coretest.Drip(time.Millisecond)),
	"garbage":         failBoth(coretest.Garbage),
	"truncated":       failBoth(coretest.Truncated),
	"HTML":            failBoth(coretest.HTML),
	"oversized":       failBoth(coretest.Oversized),
	"redirect":        failBoth(coretest.Redirect("https://other.example.com/realms/shop/jwks")),
	"redirect inside": failBoth(coretest.Redirect("https://169.254.169.254/latest")),

	"set: outage":    failKeys(coretest.Outage),
	"set: delay":     failKeys(coretest.Delay(time.Hour)),
	"set: garbage":   failKeys(coretest.Garbage),
	"set: truncated": failKeys(coretest.Truncated),
	"set: HTML":      failKeys(coretest.HTML),
	"set: oversized": failKeys(coretest.Oversized),
	"set: redirect":  failKeys(coretest.Redirect("https://other.example.com/realms/shop/jwks")),
	"set: empty":     failKeys(coretest.EmptySet),
	"set: no keys":   failKeys(coretest.Member("keys", coretest.Absent)),
	"set: not keys":  failKeys(coretest.Member("keys", "x")),

	"keys at a metadata address": failDiscovery(coretest.Member("jwks_uri", "https://169.254.169.254/realms/shop/jwks")),
	"keys at a private address":  failDiscovery(coretest.Member("jwks_uri", "https://10.0.0.1/realms/shop/jwks")),
	"keys at a loopback address": failDiscovery(coretest.Member("jwks_uri", "https://127.0.0.1/realms/shop/jwks")),
	"keys at localhost":          failDiscovery(coretest.Member("jwks_uri", "https://localhost/realms/shop/jwks")),
	"keys elsewhere":             failDiscovery(coretest.Member("jwks_uri", "https://login.example.com/keys")),
}

// faultsOfDiscovery are those of discovery alone. At the start nothing is found, and a set that was found before stays in use.
var faultsOfDiscovery = map[string]func(*coretest.IssuerServer){
	"another issuer":       failDiscovery(coretest.Member("issuer", "https://login.example.net/realms/shop")),
	"a slash more":         failDiscovery(coretest.Member("issuer", "https://login.example.com/realms/shop/")),
	"no issuer":            failDiscovery(coretest.Member("issuer", coretest.Absent)),
	"no address":           failDiscovery(coretest.Member("jwks_uri", coretest.Absent)),
	"keys without TLS":     failDiscovery(coretest.Member("jwks_uri", "http://login.example.com/realms/shop/jwks")),
	"metadata without TLS": failDiscovery(coretest.Member("jwks_uri", "http://169.254.169.254/realms/shop/jwks")),
	"outage":               failDiscovery(coretest.Outage),
	"reset":                failDiscovery(coretest.Reset),
	"drip":                 failDiscovery(coretest.Drip(time.Second)),
	"garbage":              failDiscovery(coretest.Garbage),
	"truncated":            failDiscovery(coretest.Truncated),
	"HTML":                 failDiscovery(coretest.HTML),
	"oversized":            failDiscovery(coretest.Oversized),
	"redirected":           failDiscovery(coretest.Redirect("https://other.example.com/")),
}

func failBoth(f coretest.Fault) func(*coretest.IssuerServer) {
	return func(s *coretest.IssuerServer) { s.Fail(f) }
}

func failKeys(f coretest.Fault) func(*coretest.IssuerServer) {
	return func(s *coretest.IssuerServer) { s.FailKeys(f) }
}

func failDiscovery(f coretest.Fault) func(*coretest.IssuerServer) {
	return func(s *coretest.IssuerServer) { s.FailDiscovery(f) }
}

// TestRemoteSetAgainstFaults has a chain meet each fault of an issuer: after its keys were found, and at the start.
func TestRemoteSetAgainstFaults(t *testing.T) {
	for kind, faults := range map[string]map[string]func(*coretest.IssuerServer){
		"set": faultsOfTheSet, "discovery": faultsOfDiscovery,
	} {
		for name, fail := range faults {
			t.Run(fmt.Sprintf("%s/%s", kind, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { faultLater(t, fail, kind == "discovery") })
				synctest.Test(t, func(t *testing.T) { faultAtStart(t, fail) })
			})
		}
	}
}

// faultLater begins with good keys and rotates during the fault. The new key is found where the set is still reached.
func faultLater(t *testing.T, fail func(*coretest.IssuerServer), reached bool) {
	p := newDiscovering(t, nil)
	old := p.AccessToken("api", coretest.Claims{"exp": time.Now().Add(24 * time.Hour).Unix()})
	require.Equal(t, 200, p.verdict(t, old))
	generation := p.store.Generation()

	fail(p.IssuerServer)
	letPass(30 * time.Minute)
	assert.Equal(t, 200, p.verdict(t, old), "the last good keys are kept")
	assert.Equal(t, generation, p.store.Generation())
	assert.Equal(t, reached, p.store.Health().Err == nil)

	p.Rotate()
	if reached {
		assert.Equal(t, 200, p.verdict(t, p.token()), "the set is where it was")
	} else {
		assert.Equal(t, 503, p.verdict(t, p.token()), "nobody knows whether the key is good")
	}
	assert.Equal(t, 200, p.verdict(t, old))

	p.Heal()
	letPass(5 * time.Minute)
	assert.Equal(t, 200, p.verdict(t, p.token()))
	assert.Equal(t, 200, p.verdict(t, old), "the former key is still published")
	p.Retire()
	letPass(5 * time.Minute)
	assert.NotEqual(t, 200, p.verdict(t, old), "the former key is gone after one refresh")
	assert.Equal(t, 200, p.verdict(t, p.token()))
	p.onlyTheIssuer(t)
}

// faultAtStart begins with the fault. Nothing is accepted before it ends, and nobody is told that a token is bad.
func faultAtStart(t *testing.T, fail func(*coretest.IssuerServer)) {
	p := newDiscovering(t, fail)
	for range 3 {
		assert.Equal(t, 503, p.verdict(t, p.token()))
		letPass(time.Minute)
	}
	assert.Error(t, p.store.Health().Err)
	p.Heal()
	letPass(5 * time.Minute)
	assert.Equal(t, 200, p.verdict(t, p.token()))
	assert.NoError(t, p.store.Health().Err)
	p.onlyTheIssuer(t)
}

// onlyTheIssuer checks that no other host was connected to.
func (p *discovering) onlyTheIssuer(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Equal(t, map[string]bool{"login.example.com:443": true}, p.dialled)
}

// TestRemoteSetLeavesKeysOut has keys beside the good one that nothing may be verified with.
func TestRemoteSetLeavesKeysOut(t *testing.T) {
	other := coretest.NewIssuerFor("https://login.example.com/realms/shop", "ES256")
	other.KeyID = "encryption"
	for name, fault := range map[string]coretest.Fault{
		"malformed":    coretest.MalformedKey,
		"unknown kind": coretest.Beside(`{"kty":"AKP","kid":"encryption","alg":"ML-DSA-44","pub":"AA"}`),
		"not a key":    coretest.Beside(`{}`),
		"null":         coretest.Beside(`null`),
		"encryption":   coretest.EncryptionKey(other),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newDiscovering(t, failKeys(fault))
				assert.Equal(t, 200, p.verdict(t, p.token()))
				assert.Equal(t, 401, p.verdict(t, other.AccessToken("api", nil)))
				p.Rotate()
				letPass(time.Minute)
				assert.Equal(t, 200, p.verdict(t, p.token()))
				assert.NoError(t, p.store.Health().Err)
			})
		})
	}
}

// TestRemoteSetFindsEachDocument has the discovery document at one of the three addresses.
func TestRemoteSetFindsEachDocument(t *testing.T) {
	const oauth, openID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	for _, path := range []string{oauth + "/realms/shop", openID + "/realms/shop", "/realms/shop" + openID} {
		synctest.Test(t, func(t *testing.T) {
			p := newDiscovering(t, failDiscovery(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.URL.Path != path {
					http.NotFound(w, r)
					return
				}
				next.ServeHTTP(w, r)
			}))
			assert.Equal(t, 200, p.verdict(t, p.token()), path)
		})
	}
}

// TestDiscoverOverASocket uses loopback addresses and TLS.
func TestDiscoverOverASocket(t *testing.T) {
	for _, start := range []func(*coretest.IssuerServer){(*coretest.IssuerServer).Start, (*coretest.IssuerServer).StartTLS} {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("/realms/shop", "EdDSA"))
		start(issuer)
		defer issuer.Close()
		store, err := keys.RemoteConfig{Issuer: issuer.URL, Client: issuer.Client(), Logger: discard, Required: true}.Open(t.Context())
		require.NoError(t, err)
		defer store.Close()
		config := oauth2.AccessTokens(issuer.URL, "api")
		config.Algorithms = []string{"EdDSA"}
		verifier, err := oauth2.NewVerifier(store, config)
		require.NoError(t, err)
		_, err = verifier.Verify(t.Context(), issuer.AccessToken("api", nil))
		assert.NoError(t, err)
		issuer.Rotate()
		_, err = verifier.Verify(t.Context(), issuer.AccessToken("api", nil))
		assert.NoError(t, err)
		nDiscovery, nKeys := issuer.Fetches()
		assert.Equal(t, []int{1, 2}, []int{nDiscovery, nKeys})
	}
}
