package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	audience = "https://orders.example.com"
	subject  = "5c7fdab3a995410001d6d6c4"
)

// signer signs tokens with one key, one algorithm and one key ID.
type signer struct {
	kid, alg string // no kid: none in the token
	private  any
}

// token returns an access token in the form of RFC 9068, with every claim that section 2.2 requires.
func (s signer) token(issuer string) (string, error) {
	now := time.Now()
	name := s.alg
	if name == "Ed25519" {
		name = "EdDSA" // what golang-jwt calls the same signature
	}
	token := jwt.NewWithClaims(jwt.GetSigningMethod(name), jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": subject, "client_id": "web", "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	token.Header["typ"], token.Header["alg"] = "at+jwt", s.alg
	if s.kid != "" {
		token.Header["kid"] = s.kid
	}
	return token.SignedString(s.private)
}

// with returns the same signer with another key ID.
func (s signer) with(kid string) signer {
	s.kid = kid
	return s
}

// as returns the same signer with another algorithm.
func (s signer) as(alg string) signer {
	s.alg = alg
	return s
}

// jwk returns the public key as a JWK for signatures. A member that is nil in changes is left out.
func (s signer) jwk(changes map[string]any) map[string]any {
	members := map[string]any{"use": "sig", "alg": s.alg}
	if s.kid != "" {
		members["kid"] = s.kid
	}
	switch private := s.private.(type) {
	case *rsa.PrivateKey:
		members["kty"], members["n"] = "RSA", encode(private.N.Bytes())
		members["e"] = encode(big.NewInt(int64(private.E)).Bytes())
	case *ecdsa.PrivateKey:
		point, _ := private.PublicKey.Bytes() // it fails for no generated key
		members["kty"], members["crv"] = "EC", "P-256"
		members["x"], members["y"] = encode(point[1:33]), encode(point[33:])
	case ed25519.PrivateKey:
		public, _ := private.Public().(ed25519.PublicKey)
		members["kty"], members["crv"], members["x"] = "OKP", "Ed25519", encode(public)
	case []byte:
		members["kty"], members["k"] = "oct", encode(private)
	}
	for name, value := range changes {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	return members
}

// privateJWK returns the private key as a JWK (RFC 7518, section 6.3.2).
func (s signer) privateJWK() map[string]any {
	members := maps.Clone(s.jwk(nil))
	if private, ok := s.private.(*rsa.PrivateKey); ok {
		members["d"] = encode(private.D.Bytes())
		members["p"], members["q"] = encode(private.Primes[0].Bytes()), encode(private.Primes[1].Bytes())
		members["dp"], members["dq"] = encode(private.Precomputed.Dp.Bytes()), encode(private.Precomputed.Dq.Bytes())
		members["qi"] = encode(private.Precomputed.Qinv.Bytes())
	}
	return members
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// keyring holds the keys of the issuer.
type keyring struct {
	good, next, other signer // RSA keys of 2048 bits
	weak              signer // an RSA key of 1024 bits
	ec, ed            signer
	secret            signer
}

func newKeyring() (*keyring, error) {
	var failed error
	rsaSigner := func(kid string, bits int) signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			failed = err
		}
		return signer{kid, "RS256", key}
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &keyring{
		good: rsaSigner("good", 2048), next: rsaSigner("next", 2048), other: rsaSigner("other", 2048),
		weak: rsaSigner("weak", 1024), ec: signer{"ec", "ES256", ec}, ed: signer{"ed", "EdDSA", ed},
		secret: signer{"secret", "HS256", []byte(rand.Text() + rand.Text())},
	}
	return k, failed
}

// certificate returns a self-signed certificate of the key, as the elements of x5c are encoded (RFC 7517, section 4.7).
func (s signer) certificate() (string, error) {
	private, ok := s.private.(crypto.Signer)
	if !ok {
		return "", fmt.Errorf("the key %s has no certificate", s.kid)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: s.kid},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	return base64.StdEncoding.EncodeToString(der), err
}
