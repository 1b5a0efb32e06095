package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/kong"
)

// authority issues client certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := new(authority)
	a.certificate, a.key = a.issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue signs a certificate with a new key. Without a certificate of its own, the authority signs its own.
func (a *authority) issue(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
	parent, signer := template, key
	if a.certificate != nil {
		parent, signer = a.certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate, key
}

func (a *authority) client(t *testing.T, name string) []tls.Certificate {
	t.Helper()
	certificate, key := a.issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}}
}

// TestCertificate believes the headers by the client certificate of the connection.
func TestCertificate(t *testing.T) {
	platform, stranger := newAuthority(t), newAuthority(t)
	for name, c := range map[string]struct {
		auth   tls.ClientAuthType
		client []tls.Certificate
		want   int
	}{
		"the gateway's":                      {tls.VerifyClientCertIfGiven, platform.client(t, "kong.internal"), 200},
		"another one of the authority":       {tls.VerifyClientCertIfGiven, platform.client(t, "shop.internal"), 401},
		"none":                               {tls.VerifyClientCertIfGiven, nil, 401},
		"that name, of a stranger":           {tls.RequestClientCert, stranger.client(t, "kong.internal"), 401},
		"that name, of a stranger, any":      {tls.RequireAnyClientCert, stranger.client(t, "kong.internal"), 401},
		"the gateway's, not verified":        {tls.RequestClientCert, platform.client(t, "kong.internal"), 401},
		"the server asks for no certificate": {tls.NoClientCert, platform.client(t, "kong.internal"), 401},
	} {
		t.Run(name, func(t *testing.T) {
			consumers := kong.New(kong.Config{Certificate: func(leaf *x509.Certificate) bool { return leaf.VerifyHostname("kong.internal") == nil }})
			require.NoError(t, consumers.CheckRegistration(map[string]map[string]any{"key-auth": {"run_on_preflight": true}}))
			chain, err := core.NewSecurityChain(consumers)
			require.NoError(t, err)
			server := httptest.NewUnstartedServer(routes(chain.WithLogger(slog.New(slog.DiscardHandler))))
			server.TLS = &tls.Config{ClientAuth: c.auth, ClientCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
			server.TLS.ClientCAs.AddCert(platform.certificate)
			server.StartTLS()
			defer server.Close()
			client := server.Client()
			if c.client != nil { // also where the server names other authorities
				client.Transport.(*http.Transport).TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					return &c.client[0], nil
				}
			}
			request, err := http.NewRequest(http.MethodGet, server.URL+"/reports", nil)
			require.NoError(t, err)
			for _, line := range whole {
				name, value, _ := strings.Cut(line, ": ")
				request.Header.Set(name, value)
			}
			response, err := client.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, c.want, response.StatusCode, string(body))
		})
	}
}
