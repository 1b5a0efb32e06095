package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrPrivateKey says that what was given is a private or secret key. It was not used: verifying needs public keys,
// and who holds a private key can sign.
var ErrPrivateKey = errors.New("keys: this is a private key, give the public one")

// ParsePEM reads one public key: a SubjectPublicKeyInfo ("PUBLIC KEY", RFC 7468, section 13), a PKCS#1 "RSA PUBLIC
// KEY", or a certificate that is valid now. Anything beside the one block is an error.
func ParsePEM(id string, data []byte) (*Key, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	block, rest := pem.Decode(data)
	if block == nil || !bytes.HasPrefix(data, []byte("-----BEGIN ")) {
		return nil, errors.New("keys: not a PEM block")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("keys: there is more than one PEM block: give one key")
	}
	switch {
	case block.Type == "PUBLIC KEY":
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("keys: the PUBLIC KEY block cannot be parsed")
		}
		return Public(id, public)
	case block.Type == "RSA PUBLIC KEY":
		public, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("keys: the RSA PUBLIC KEY block cannot be parsed")
		}
		return Public(id, public)
	case block.Type == "CERTIFICATE":
		return fromCertificate(id, block.Bytes, time.Now())
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, ErrPrivateKey
	}
	return nil, fmt.Errorf("keys: a %q block is no public key", block.Type)
}

func fromCertificate(id string, der []byte, now time.Time) (*Key, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("keys: the certificate cannot be parsed")
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, fmt.Errorf("keys: the certificate is valid from %s to %s only",
			cert.NotBefore.Format(time.RFC3339), cert.NotAfter.Format(time.RFC3339))
	}
	return Public(id, cert.PublicKey)
}
