package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"maps"
	"strings"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/keys"
)

const (
	issuerName = "https://login.example.com/"
	audience   = "https://orders.example.com"
	keyID      = "key-1"
	subject    = "5c7fdab3a995410001d6d6c4"
)

// issuer signs tokens with one algorithm. One with a public key alone cannot sign, and serves to
// build servers.
type issuer struct {
	alg     string
	private any // the key that golang-jwt signs with; nil: none
	public  any // the key that verifies: a crypto.PublicKey, or the secret of HS256

	observer core.Observer // of our chains; nil: none
}

func newIssuer(alg string) (*issuer, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case "HS256":
		secret := []byte(rand.Text() + rand.Text())
		return &issuer{alg: alg, private: secret, public: secret}, nil
	default:
		err = fmt.Errorf("there is no issuer for the algorithm %q", alg)
	}
	if err != nil {
		return nil, err
	}
	return &issuer{alg: alg, private: private, public: private.Public()}, nil
}

// store returns the key as a key store of our library.
func (i *issuer) store() (keys.Store, error) {
	key, err := keys.Public(keyID, i.public)
	if secret, ok := i.public.([]byte); ok {
		key, err = keys.Secret(keyID, i.alg, secret)
	}
	if err != nil {
		return nil, err
	}
	return keys.Static(key)
}

// token returns a token with the usual claims, some of them changed or added. With RS256 it has about a thousand characters, like
// the tokens of real issuers.
func (i *issuer) token(changes map[string]any) (string, error) {
	now := time.Now()
	claims := golangjwt.MapClaims{
		"iss": issuerName, "aud": audience, "sub": subject, "jti": "ba2cfa31-ba14-4b4f-9855-4df6c0d92403",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(12 * time.Hour).Unix(),
		"userId": subject, "username": "user@example.com", "email_verified": true, "locale": "mk-MK",
		"roles": "user,editor", "organizations": "acme,globex", "scopes": "api:read,api:write,orders:write",
	}
	maps.Copy(claims, changes)
	token := golangjwt.NewWithClaims(golangjwt.GetSigningMethod(i.alg), claims)
	token.Header["kid"] = keyID
	return token.SignedString(i.private)
}

// tokens returns n different tokens with at least size characters each.
func (i *issuer) tokens(n, size int) ([]string, error) {
	plain, err := i.token(map[string]any{"session": ""})
	if err != nil {
		return nil, err
	}
	padding := strings.Repeat("p", max(0, (size-len(plain))*3/4))
	all := make([]string, n)
	for k := range all {
		if all[k], err = i.token(map[string]any{"session": padding, "jti": fmt.Sprintf("%036d", k)}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// bearer returns the value of Authorization for a token.
func bearer(token string) string { return "Bearer " + token }

func bearers(tokens []string) []string {
	all := make([]string, len(tokens))
	for i, t := range tokens {
		all[i] = bearer(t)
	}
	return all
}
