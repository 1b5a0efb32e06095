package registrator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

// Token returns the token for the Admin API. It is called before each attempt, may be called by several goroutines at once, and
// must return when its context ends.
type Token func(ctx context.Context) (string, error)

// TokenString returns a Token that is always token.
func TokenString(token string) Token {
	return func(context.Context) (string, error) { return token, nil }
}

// TokenFile returns a Token that is read from a file at each call, so that a rotated token is used. White space around it is
// removed.
func TokenFile(path string) Token {
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		return strings.TrimSpace(string(text)), err
	}
}

// token returns the token. It refuses a token that is not a valid field value, without printing it.
func (c Config) token(ctx context.Context) (string, error) {
	token, err := c.Token(ctx)
	if err != nil {
		return "", &Error{kind: ErrUnauthorized, Message: "the admin token is not available", cause: err}
	}
	for i := range len(token) {
		if token[i] < ' ' || token[i] > '~' {
			return "", &Error{kind: ErrInvalid, Message: "the admin token has characters that a header must not have"}
		}
	}
	if token == "" {
		return "", &Error{kind: ErrInvalid, Message: "the admin token is empty"}
	}
	return token, nil
}

// TLSFiles returns the configuration for an https address from PEM files: the CA that signed the gateway's certificate, and the
// client certificate with its key. If ca is empty, the system's CAs are trusted. If certificate and key are empty, there is no
// client certificate. The client certificate is read again for each connection, so that a rotated certificate is used.
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
