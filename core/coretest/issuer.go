package coretest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core/keys"
)

// Issuer mints tokens with a throw-away RSA key. It is for tests and demonstrations: the key is not kept anywhere, and
// nothing outside the test should trust it. It is safe for concurrent use; its Clock is set before.
type Issuer struct {
	Name  string           // the value of `iss`
	KeyID string           // the id of its key: `kid` in access tokens, the file name in WriteKeys
	Clock func() time.Time // nil: time.Now
	key   *rsa.PrivateKey
}

// Claims are the claims of a token, or changes to the usual ones. The value [Absent] takes a claim away.
type Claims map[string]any

// Absent as the value of a claim leaves the claim out.
var Absent = new(struct{ absent bool })

// NewIssuer makes an issuer with a new 2048-bit key of id "default", as Microkubes calls its own.
func NewIssuer(name string) *Issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("coretest: no key could be made: %v", err))
	}
	return &Issuer{Name: name, KeyID: "default", key: key}
}

// PublicKey is the key that verifies the tokens.
func (i *Issuer) PublicKey() crypto.PublicKey { return &i.key.PublicKey }

// Keys is a store of the public key alone.
func (i *Issuer) Keys() keys.Store {
	key, err := keys.Public(i.KeyID, i.PublicKey())
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err)) // it was made by NewIssuer
	}
	store, err := keys.Static(key)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return store
}

// WriteKeys writes the public key as PEM into a directory, which it makes, for [keys.Dir].
func (i *Issuer) WriteKeys(dir string) error {
	der, err := x509.MarshalPKIXPublicKey(i.PublicKey())
	if err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return os.WriteFile(filepath.Join(dir, i.KeyID+".pub"), block, 0o644)
}

// Microkubes mints a token as Microkubes' jwt-issuer does: no `kid`, lists joined by commas, nbf 0. It is good for an
// hour. changes replace claims or add some.
func (i *Issuer) Microkubes(changes Claims) string {
	now := i.now()
	claims := Claims{
		"jti": "ba2cfa31-ba14-4b4f-9855-4df6c0d92403", "iss": i.Name, "sub": "5c7fdab3a995410001d6d6c4",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nbf": 0,
		"userId": "5c7fdab3a995410001d6d6c4", "username": "user@example.com",
		"roles": "user", "organizations": "", "scopes": "api:read",
	}
	return i.Sign(map[string]any{"alg": "RS256", "typ": "JWT"}, claims.with(changes))
}

// AccessToken mints a JWT access token (RFC 9068, section 2) for an audience. It is good for an hour. changes replace
// claims or add some.
func (i *Issuer) AccessToken(audience string, changes Claims) string {
	now := i.now()
	claims := Claims{
		"iss": i.Name, "aud": audience, "sub": "5c7fdab3a995410001d6d6c4", "client_id": "client-1",
		"jti": "3c3f1b5e-5c0a-4f0e-9a55-0e1a7f6b2d10", "scope": "api:read",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	return i.Sign(map[string]any{"alg": "RS256", "typ": "at+jwt", "kid": i.KeyID}, claims.with(changes))
}

// Sign signs any header and claims with RS256, whatever the header says.
func (i *Issuer) Sign(header map[string]any, claims Claims) string {
	signed := encode(header) + "." + encode(claims)
	signature, err := jwt.SigningMethodRS256.Sign(signed, i.key)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Forge changes the payload of a token and leaves its signature as it was.
func Forge(token string, claims Claims) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		panic("coretest: Forge needs a compact JWS")
	}
	return parts[0] + "." + encode(claims) + "." + parts[2]
}

func (i *Issuer) now() time.Time {
	if i.Clock != nil {
		return i.Clock()
	}
	return time.Now()
}

func (c Claims) with(changes Claims) Claims {
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == Absent })
	return c
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("coretest: a claim is no JSON: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
