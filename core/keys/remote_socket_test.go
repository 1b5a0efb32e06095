package keys_test

import (
	"compress/gzip"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

// TestRemoteOverTLS discovers over sockets, with a private CA.
func TestRemoteOverTLS(t *testing.T) {
	var issuer, jwks string
	mux := http.NewServeMux()
	mux.HandleFunc("/realm/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(discoveryOf(issuer, jwks)))
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(jwkSet(jwkEC(object{"kid": "a"}))))
		_ = z.Close()
	})
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = silent
	s.StartTLS()
	defer s.Close()
	issuer, jwks = s.URL+"/realm", s.URL+"/keys"

	open := func(c keys.RemoteConfig) *keys.RemoteSet {
		c.Logger = discard
		r, err := c.Open(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	assert.True(t, has(t, open(keys.RemoteConfig{Issuer: issuer, Client: s.Client()}), "a"))
	assert.True(t, has(t, open(keys.RemoteConfig{KeysURL: jwks, Client: s.Client()}), "a"))

	h := open(keys.RemoteConfig{Issuer: issuer}).Health()
	assert.ErrorContains(t, h.Err, "the certificate is not trusted")

	// The same server under a name that a document may have: it is known by its certificate, and has a loopback address.
	jwks = "https://example.com/keys" // the client of the test server takes this name to it
	h = open(keys.RemoteConfig{Issuer: issuer, Client: s.Client()}).Health()
	assert.ErrorContains(t, h.Err, "KeysHosts")
	assert.False(t, h.Usable)
	assert.True(t, has(t, open(keys.RemoteConfig{Issuer: issuer, Client: s.Client(), KeysHosts: []string{"EXAMPLE.com"}}), "a"))
	assert.True(t, has(t, open(keys.RemoteConfig{KeysURL: jwks, Client: s.Client()}), "a"), "the user wrote it")
}

// TestClientCertificate is a server that wants one, and a transport without a dialer of its own.
func TestClientCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(jwkSet(jwkEC(object{"kid": "a"}))))
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = silent
	s.StartTLS()
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, certificates := range [][]tls.Certificate{nil, s.TLS.Certificates} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificates}}}
		r, err := keys.RemoteConfig{KeysURL: s.URL, Client: client, Required: true, Logger: discard}.Open(t.Context())
		if certificates == nil {
			assert.ErrorContains(t, err, "the server refused the TLS connection: tls: certificate required")
			continue
		}
		require.NoError(t, err)
		assert.True(t, has(t, r, "a"))
		require.NoError(t, r.Close())
	}
}

// TestServerThatGoesAndComesBack refuses connections in between, and resets them.
func TestServerThatGoesAndComesBack(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
	issuer.KeyID = "a"
	issuer.Start()
	defer issuer.Close()
	issuer.Refuse()
	log := &records{}
	r, err := keys.RemoteConfig{KeysURL: issuer.KeysURL + "?secret=1", Logger: textLogger(log), CoolDown: time.Millisecond}.Open(t.Context())
	require.NoError(t, err)
	defer r.Close()
	assert.Positive(t, retryAfter(t, r, "a"))
	assert.ErrorContains(t, r.Health().Err, "connection refused")

	issuer.Heal()
	require.NoError(t, r.Ready(t.Context()))
	assert.True(t, has(t, r, "a"))
	issuer.Fail(coretest.Reset)
	_, err = r.Find(t.Context(), "b", "ES256")
	assert.ErrorIs(t, err, keys.ErrUnavailable)
	issuer.Refuse()
	_, err = r.Find(t.Context(), "b", "ES256")
	assert.ErrorIs(t, err, keys.ErrUnavailable)
	assert.True(t, has(t, r, "a"))
	assert.NotContains(t, log.all(), "secret")
}
