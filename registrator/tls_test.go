package registrator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// authority signs certificates and writes them as files.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.issue("ca", func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// issue writes NAME.pem and NAME-key.pem. The first certificate is the authority's own.
func (a *authority) issue(name string, change func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(cert)
	}
	if a.cert == nil {
		a.cert, a.key = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	for file, block := range map[string]*pem.Block{
		name + ".pem":     {Type: "CERTIFICATE", Bytes: der},
		name + "-key.pem": {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		require.NoError(a.t, os.WriteFile(a.file(file), pem.EncodeToMemory(block), 0o600))
	}
	pair, err := tls.LoadX509KeyPair(a.file(name+".pem"), a.file(name+"-key.pem"))
	require.NoError(a.t, err)
	return pair
}

// serve puts an Admin API behind TLS.
func serve(t *testing.T, config *tls.Config) (*kongtest.Gateway, string) {
	k := kongtest.New(kongtest.Config{})
	t.Cleanup(k.Close)
	server := httptest.NewUnstartedServer(k.Admin())
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return k, server.URL
}

func TestCertificates(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.parsed("ca"))
	a.issue("client", nil)
	other.issue("client", nil)
	good := &tls.Config{Certificates: []tls.Certificate{a.issue("server", nil)}}
	mutual := good.Clone()
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, pool
	old := &tls.Config{Certificates: []tls.Certificate{a.issue("old", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })}}
	elsewhere := &tls.Config{Certificates: []tls.Certificate{a.issue("elsewhere", func(c *x509.Certificate) { c.IPAddresses = nil })}}

	for name, c := range map[string]struct {
		server  *tls.Config
		ca, crt string
		is      error
		says    string
	}{
		"a CA of its own":           {good, a.file("ca.pem"), "", nil, ""},
		"the system's CAs":          {good, "", "", registrator.ErrUnavailable, "not trusted"},
		"another CA":                {good, other.file("ca.pem"), "", registrator.ErrUnavailable, "not trusted"},
		"expired":                   {old, a.file("ca.pem"), "", registrator.ErrUnavailable, "expired"},
		"another host's":            {elsewhere, a.file("ca.pem"), "", registrator.ErrUnavailable, "127.0.0.1"},
		"mTLS":                      {mutual, a.file("ca.pem"), a.file("client"), nil, ""},
		"mTLS, no certificate":      {mutual, a.file("ca.pem"), "", registrator.ErrUnauthorized, "client certificate"},
		"mTLS, another authority's": {mutual, a.file("ca.pem"), other.file("client"), registrator.ErrUnauthorized, "client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			k, url := serve(t, c.server)
			crt, key := "", ""
			if c.crt != "" {
				crt, key = c.crt+".pem", c.crt+"-key.pem"
			}
			config, err := registrator.TLSFiles(c.ca, crt, key)
			require.NoError(t, err)
			err = newKong(t, url, registrator.Config{TLS: config}).Register(t.Context(), hello())
			if c.is == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.says)
			assert.Empty(t, k.Requests())
			var e *registrator.Error
			require.ErrorAs(t, err, &e)
			assert.LessOrEqual(t, e.Attempts, 2)
		})
	}
	t.Run("a rotated client certificate", func(t *testing.T) {
		_, url := serve(t, mutual)
		rotating := newAuthority(t)
		rotating.issue("client", nil)
		config, err := registrator.TLSFiles(a.file("ca.pem"), rotating.file("client.pem"), rotating.file("client-key.pem"))
		require.NoError(t, err)
		kong := newKong(t, url, registrator.Config{TLS: config})
		require.ErrorIs(t, kong.Register(t.Context(), hello()), registrator.ErrUnauthorized)
		for _, file := range []string{"client.pem", "client-key.pem"} {
			text, err := os.ReadFile(a.file(file))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(rotating.file(file), text, 0o600))
		}
		require.NoError(t, kong.Register(t.Context(), hello()))
	})
	t.Run("schemes mixed up", func(t *testing.T) {
		_, url := serve(t, good)
		err := newKong(t, strings.Replace(url, "https", "http", 1), registrator.Config{}).Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrInvalid)
		assert.ErrorContains(t, err, "HTTPS")
		k := kongtest.Start(kongtest.Config{})
		defer k.Close()
		err = newKong(t, strings.Replace(k.AdminURL(), "http", "https", 1), registrator.Config{}).Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorContains(t, err, "does not speak TLS")
	})
}

func (a *authority) parsed(name string) *x509.Certificate {
	text, err := os.ReadFile(a.file(name + ".pem"))
	require.NoError(a.t, err)
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(a.t, err)
	return cert
}

func TestTLSFilesSayWhatIsWrong(t *testing.T) {
	a := newAuthority(t)
	empty := a.file("empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, c := range []struct{ ca, crt, key, says string }{
		{a.file("none"), "", "", "the gateway's CA"},
		{empty, "", "", "no certificate in PEM"},
		{"", a.file("ca.pem"), "", "the client certificate"},
		{"", "", a.file("ca-key.pem"), "the client certificate"},
		{"", empty, empty, "the client certificate"},
	} {
		_, err := registrator.TLSFiles(c.ca, c.crt, c.key)
		assert.ErrorContains(t, err, c.says)
	}
	_, err := registrator.NewKong("https://kong", registrator.Config{TLS: &tls.Config{InsecureSkipVerify: true}})
	assert.ErrorContains(t, err, "must verify")
}
