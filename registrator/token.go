package registrator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

// Token gives the token for the Admin API. It is called before each attempt, from any goroutine, and must end with its
// context. Write one of your own for a token that comes from elsewhere.
type Token func(ctx context.Context) (string, error)

// TokenString is a token that does not change.
func TokenString(token string) Token {
	return func(context.Context) (string, error) { return token, nil }
}

// TokenFile reads the token from a file, each time, so a rotated secret is taken up. White space around it is not part
// of it.
func TokenFile(path string) Token {
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		return strings.TrimSpace(string(text)), err
	}
}

// token asks for the token and refuses one that no header could carry, without printing it.
func (c Config) token(ctx context.Context) (string, error) {
	token, err := c.Token(ctx)
	if err != nil {
		return "", &Error{kind: ErrUnauthorized, Message: "the admin token cannot be had", cause: err}
	}
	for i := range len(token) {
		if token[i] < ' ' || token[i] > '~' {
			return "", &Error{kind: ErrInvalid, Message: "the admin token has characters that a header cannot carry"}
		}
	}
	if token == "" {
		return "", &Error{kind: ErrInvalid, Message: "the admin token is empty"}
	}
	return token, nil
}

// TLSFiles makes the configuration for an https address from PEM files: the CA that signed the gateway's certificate,
// and the client certificate with its key. An empty name leaves that part out. The client certificate is read again for
// each connection, so a rotated one is taken up.
func TLSFiles(ca, certificate, key string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("registrator: the gateway's CA: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("registrator: %s has no certificate in PEM", ca)
		}
	}
	if certificate == "" && key == "" {
		return config, nil
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		return nil, fmt.Errorf("registrator: the client certificate: %w", err)
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		return &pair, err
	}
	return config, nil
}
