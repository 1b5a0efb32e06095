package fetch_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

// TestAddressOfTheConnection names a host that resolves to this machine. What counts is the connection, not the name.
func TestAddressOfTheConnection(t *testing.T) {
	s, _ := server(t, text("inside"))
	port := s.Listener.Addr().(*net.TCPAddr).Port
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	named := fmt.Sprintf("https://localhost:%d/", port)
	ofTheirOwn := s.Client() // its DialContext takes example.com for the server
	tlsDialer := &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "example.com"}}).DialContext(ctx, network, s.Listener.Addr().String())
	}}}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	old.Transport.(*http.Transport).Dial = func(network, _ string) (net.Conn, error) { //nolint:staticcheck // users may have it
		return net.Dial(network, s.Listener.Addr().String())
	}
	oldTLS := &http.Client{Transport: &http.Transport{}}
	oldTLS.Transport.(*http.Transport).DialTLS = func(network, _ string) (net.Conn, error) { //nolint:staticcheck // users may have it
		return tls.Dial(network, s.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"})
	}
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}}
	for name, c := range map[string]struct {
		client *http.Client
		url    string
		host   string
	}{
		"literal":                 {plain, s.URL, "127.0.0.1"},
		"IPv4-mapped":             {plain, fmt.Sprintf("https://[::ffff:127.0.0.1]:%d/", port), "::ffff:127.0.0.1"},
		"localhost":               {plain, named, "LOCALHOST"},
		"DialContext":             {ofTheirOwn, "https://example.com/", "example.com"},
		"DialTLSContext":          {tlsDialer, "https://example.com/", "example.com"},
		"Dial":                    {old, "https://example.com/", "example.com"},
		"DialTLS":                 {oldTLS, "https://example.com/", "example.com"},
		"own dialer, other forms": {plain, fmt.Sprintf("https://2130706433:%d/", port), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := get(t, fetch.New(c.client, "other.example"), c.url)
			require.NotNil(t, err)
			if c.host == "" {
				return // the resolver of this machine may not know this form
			}
			assert.ErrorContains(t, err, "KeysHosts")
			d, err := get(t, fetch.New(c.client, c.host), c.url)
			require.Nil(t, err)
			assert.Equal(t, "inside", string(d.Body))
		})
	}
}

// TestControlOfTheDialer shows that the guard's own dialer checks what a name resolves to: that of localhost is known everywhere.
func TestControlOfTheDialer(t *testing.T) {
	s := httptest.NewServer(text("inside"))
	defer s.Close()
	dial := fetch.Dialer("trusted.example")
	_, err := dial(t.Context(), "tcp", "localhost:"+strings.TrimPrefix(s.URL, "http://127.0.0.1:"))
	assert.ErrorContains(t, err, "KeysHosts")
	conn, err := fetch.Dialer("localhost")(t.Context(), "tcp", "localhost:"+strings.TrimPrefix(s.URL, "http://127.0.0.1:"))
	require.NoError(t, err)
	_ = conn.Close()
}

func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(text("by the proxy")) // on a private address, which the user named
	defer proxy.Close()
	u, _ := url.Parse(proxy.URL)
	c := fetch.New(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}})
	d, err := get(t, c, "http://keys.example/")
	require.Nil(t, err)
	assert.Equal(t, "by the proxy", string(d.Body))
	for _, literal := range []string{"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/"} {
		_, err = get(t, c, literal)
		assert.ErrorContains(t, err, "KeysHosts", literal)
	}
}
