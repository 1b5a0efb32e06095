package kong_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/kong"
)

const untrusted = "401 not_mine kong: untrusted_peer"

func TestPeers(t *testing.T) {
	peers := []string{"10.0.1.0/28", "192.0.2.9", "2001:db8:1::/64", "2001:db8:2::7", "::ffff:198.51.100.4", "127.0.0.1"}
	for remote, want := range map[string]string{
		"10.0.1.7:41000":               served,
		"10.0.1.0:1":                   served,
		"10.0.1.15:65535":              served,
		"10.0.1.16:41000":              untrusted,
		"10.0.0.255:41000":             untrusted,
		"192.0.2.9:41000":              served,
		"192.0.2.10:41000":             untrusted,
		"198.51.100.4:41000":           served,
		"[::ffff:10.0.1.7]:41000":      served, // an IPv4-mapped address is the IPv4 address
		"[::ffff:a00:107]:41000":       served,
		"[::ffff:10.0.1.16]:41000":     untrusted,
		"[::10.0.1.7]:41000":           untrusted, // IPv4-compatible addresses are others
		"[64:ff9b::10.0.1.7]:41000":    untrusted,
		"[2001:db8:1::ffff]:41000":     served,
		"[2001:db8:1:1::]:41000":       untrusted,
		"[2001:db8:2::7]:41000":        served,
		"[2001:db8:2::8]:41000":        untrusted,
		"[2001:db8:1::1%eth0]:41000":   untrusted, // a zone
		"[::ffff:10.0.1.7%eth0]:41000": untrusted,
		"[fe80::1%eth0]:41000":         untrusted,
		"[::1]:41000":                  untrusted,
		"127.0.0.1:41000":              served,
		"10.0.1.7":                     untrusted, // middleware has put a header in its place
		"2001:db8:1::1":                untrusted,
		"[10.0.1.7]:41000":             untrusted,
		"010.000.001.007:41000":        untrusted,
		"10.0.1.7:41000, 10.0.1.7:1":   untrusted,
		" 10.0.1.7:41000":              untrusted,
		"10.0.1.7:http":                untrusted,
		"10.0.1.7:99999":               untrusted,
		"kong:41000":                   untrusted,
		"@":                            untrusted, // a Unix socket
		"/run/service.sock":            untrusted,
		"pipe":                         untrusted,
	} {
		t.Run(remote, func(t *testing.T) {
			p := kong.New(kong.Config{Peers: peers})
			require.NoError(t, p.CheckRegistration(keyPlugin(nil)))
			req := request(remote, consumerLines(keyID)...)
			assert.Equal(t, want, ask(t, req, p))
			if want == untrusted {
				assert.Equal(t, want, ask(t, req, p, core.Optional()), "the sender is not anonymous")
			}
		})
	}
	t.Run("an empty address", func(t *testing.T) {
		p := checked(t, keyPlugin(nil))
		assert.Equal(t, untrusted, ask(t, addressless{request("", consumerLines(keyID)...)}, p))
	})
}

// addressless is a request over a connection without an address.
type addressless struct{ coretest.Request }

func (addressless) RemoteAddr() string { return "" }

// TestUntrustedHeaders sends headers past the gateway. They neither authenticate nor spoil a credential that does.
func TestUntrustedHeaders(t *testing.T) {
	other := core.ProviderFunc(sessionProvider)
	for name, lines := range map[string][]string{
		"all":           consumerLines(keyID),
		"twice":         consumerLines(keyID, "X-Consumer-ID: "+alice),
		"malformed":     {"X-Consumer-ID: \xff"},
		"the mark":      {"X-Anonymous-Consumer: true"},
		"empty":         {"X-Consumer-ID:"},
		"the name":      {"X-Consumer-Username: root"},
		"the custom id": {"X-Consumer-Custom-ID: 1"},
		"the key":       {"X-Credential-Identifier: 1"},
	} {
		p := checked(t, keyPlugin(nil))
		assert.Equal(t, untrusted, ask(t, request("10.0.2.7:1", lines...), p), name)
		assert.Equal(t, "200 session ", ask(t, request("10.0.2.7:1", append(lines, "Cookie: session=1")...), p, other), name)
	}
	assert.Equal(t, "401 no_credential", ask(t, request("10.0.2.7:1", "X-Consumer-Groups: admin"), checked(t, keyPlugin(nil))))
}

func TestConfigs(t *testing.T) {
	for name, c := range map[string]struct {
		config kong.Config
		says   string
	}{
		"empty":              {kong.Config{}, "name the gateway's addresses in Peers"},
		"an empty peer":      {kong.Config{Peers: []string{""}}, `"" of Peers is neither an IP address`},
		"a name":             {kong.Config{Peers: []string{"kong"}}, "is neither an IP address"},
		"with a port":        {kong.Config{Peers: []string{"10.0.1.7:8000"}}, "is neither an IP address"},
		"with a zone":        {kong.Config{Peers: []string{"fe80::1%eth0"}}, "without a zone"},
		"a prefix with one":  {kong.Config{Peers: []string{"fe80::1%eth0/64"}}, "without a zone"},
		"everybody":          {kong.Config{Peers: []string{"0.0.0.0/0"}}, "is every address"},
		"everybody in two":   {kong.Config{Peers: []string{"0.0.0.0/1", "128.0.0.0/1"}}, `"0.0.0.0/1" of Peers is a large part of all addresses`},
		"half of IPv6":       {kong.Config{Peers: []string{"8000::/1"}}, "is a large part of all addresses"},
		"all public of IPv6": {kong.Config{Peers: []string{"2000::/3"}}, "is a large part of all addresses"},
		"everybody, IPv6":    {kong.Config{Peers: []string{"10.0.0.0/8", "::/0"}}, "is every address"},
		"bits":               {kong.Config{Peers: []string{"10.0.1.7/28"}}, "write 10.0.1.0/28, or the address alone"},
		"a mapped prefix":    {kong.Config{Peers: []string{"::ffff:10.0.0.0/104"}}, "write it as a prefix of IPv4"},
		"leading zeros":      {kong.Config{Peers: []string{"010.0.0.0/8"}}, "is neither an IP address"},
		"with a certificate": {kong.Config{Peers: []string{"kong"}, Certificate: named("kong")}, "is neither an IP address"},
	} {
		t.Run(name, func(t *testing.T) {
			p := kong.New(c.config)
			_, err := core.NewSecurityChain(p)
			require.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, "kong: ")
			_ = p.CheckRegistration(keyPlugin(nil))
			var sc coretest.SecurityContext
			assert.Error(t, p.Provide(t.Context(), &sc, request(gateway, consumerLines(keyID)...), nil), "used without a chain")
			assert.False(t, sc.HasAuth())
		})
	}
	_, err := core.NewSecurityChain(new(kong.Provider))
	assert.ErrorContains(t, err, "make the provider with New")
}

// overTLS is a request over TLS with what the server knows of the connection.
type overTLS struct {
	coretest.Request
	state *tls.ConnectionState
}

func (r overTLS) TLSState() *tls.ConnectionState { return r.state }

func named(name string) func(*x509.Certificate) bool {
	return func(leaf *x509.Certificate) bool { return leaf.Subject.CommonName == name }
}

func TestCertificate(t *testing.T) {
	leaf := func(name string) *x509.Certificate { return &x509.Certificate{Subject: pkix.Name{CommonName: name}} }
	verified := func(name string) *tls.ConnectionState {
		return &tls.ConnectionState{
			PeerCertificates: []*x509.Certificate{leaf(name)}, VerifiedChains: [][]*x509.Certificate{{leaf(name), leaf("CA")}},
		}
	}
	elsewhere := "10.9.9.9:1"
	for name, c := range map[string]struct {
		peers  []string
		remote string
		state  *tls.ConnectionState
		want   string
	}{
		"the gateway's":          {nil, elsewhere, verified("kong"), served},
		"another one":            {nil, elsewhere, verified("other"), untrusted},
		"the authority":          {nil, elsewhere, verified("CA"), untrusted},
		"not verified":           {nil, elsewhere, &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf("kong")}}, untrusted},
		"an empty chain":         {nil, elsewhere, &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{}}}, untrusted},
		"none":                   {nil, elsewhere, &tls.ConnectionState{}, untrusted},
		"no TLS":                 {nil, elsewhere, nil, untrusted},
		"both":                   {[]string{"10.0.1.7"}, gateway, verified("kong"), served},
		"the address alone":      {[]string{"10.0.1.7"}, gateway, nil, untrusted},
		"the certificate alone":  {[]string{"10.0.1.7"}, elsewhere, verified("kong"), untrusted},
		"the wrong certificate":  {[]string{"10.0.1.7"}, gateway, verified("other"), untrusted},
		"over a socket of Unix":  {nil, "@", verified("kong"), served},
		"the address, no header": {[]string{"10.0.1.7"}, gateway, verified(""), untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			p := kong.New(kong.Config{Peers: c.peers, Certificate: named("kong")})
			require.NoError(t, p.CheckRegistration(keyPlugin(nil)))
			assert.Equal(t, c.want, ask(t, overTLS{request(c.remote, consumerLines(keyID)...), c.state}, p))
		})
	}
	p := kong.New(kong.Config{Certificate: named("kong")})
	require.NoError(t, p.CheckRegistration(keyPlugin(nil)))
	assert.Equal(t, untrusted, ask(t, request(gateway, consumerLines(keyID)...), p), "a request that does not show its connection")
}
