package coretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
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
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core/keys"
)

// Issuer mints tokens with throw-away keys. It is for tests and demonstrations: its private key is not stored, and nothing
// outside of the test should trust it. Goroutines may mint tokens concurrently, but not while a field is set or Rotate is called.
type Issuer struct {
	Name      string           // the value of `iss`
	KeyID     string           // the id of the key: `kid` in access tokens, and the name of the file of WriteKeys
	Clock     func() time.Time // nil: time.Now
	algorithm string
	key       crypto.PrivateKey
	rotations int
	retired   *keys.Key // the key before the last rotation; nil: none
}

// Claims are the claims of a token, or changes to the usual ones. The value [Absent] removes a claim.
type Claims map[string]any

// Absent is the value of a claim that a token does not have.
var Absent = new(struct{ absent bool })

// NewIssuer returns an issuer that signs with RS256. It has a new RSA key of 2048 bits with the id "default", as in Microkubes.
func NewIssuer(name string) *Issuer { return NewIssuerFor(name, "RS256") }

// NewIssuerFor returns an issuer that signs with another algorithm: RS, PS or ES with 256, 384 or 512, or EdDSA. It panics on any
// other algorithm.
func NewIssuerFor(name, algorithm string) *Issuer {
	i := &Issuer{Name: name, KeyID: "default", algorithm: algorithm}
	i.newKey()
	return i
}

func (i *Issuer) newKey() {
	var err error
	switch i.algorithm {
	case "ES256":
		i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		i.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		i.key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, i.key, err = ed25519.GenerateKey(rand.Reader)
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		i.key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		panic(fmt.Sprintf("coretest: an issuer cannot sign with %q", i.algorithm))
	}
	if err != nil {
		panic(fmt.Sprintf("coretest: cannot make a key: %v", err))
	}
}

// PublicKey returns the key that verifies the tokens.
func (i *Issuer) PublicKey() crypto.PublicKey {
	return i.key.(interface{ Public() crypto.PublicKey }).Public()
}

// Rotate makes a new key with a new id, which signs all later tokens. Until the next rotation, Keys and WriteKeys publish the key
// before it, too.
func (i *Issuer) Rotate() {
	i.retired = i.verificationKey()
	i.rotations++
	i.KeyID = "rotated-" + strconv.Itoa(i.rotations)
	i.newKey()
}

func (i *Issuer) verificationKey() *keys.Key {
	key, err := keys.Public(i.KeyID, i.PublicKey())
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err)) // newKey makes good keys only
	}
	return key
}

// Keys returns a store with the public key and, after a rotation, the one before it.
func (i *Issuer) Keys() keys.Store {
	all := []*keys.Key{i.verificationKey()}
	if i.retired != nil {
		all = append(all, i.retired)
	}
	store, err := keys.Static(all...)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return store
}

// WriteKeys writes the public key, and after a rotation the one before it, into a directory as PEM, for [keys.Dir]. It makes the
// directory if there is none, and removes the keys of earlier rotations.
func (i *Issuer) WriteKeys(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	if err := writeKey(dir, i.verificationKey()); err != nil {
		return err
	}
	if i.retired == nil {
		return nil
	}
	old, err := filepath.Glob(filepath.Join(dir, "rotated-*.pub"))
	if err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	for _, path := range append(old, filepath.Join(dir, "default.pub")) {
		id := strings.TrimSuffix(filepath.Base(path), ".pub")
		if id != i.KeyID && id != i.retired.ID() {
			_ = os.Remove(path) // the file may not exist
		}
	}
	return writeKey(dir, i.retired)
}

// writeKey writes another file and renames it, so that no reader sees an incomplete key.
func writeKey(dir string, key *keys.Key) error {
	der, err := x509.MarshalPKIXPublicKey(key.Material())
	if err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	path := filepath.Join(dir, key.ID()+".pub")
	if err := os.WriteFile(path+".tmp", block, 0o644); err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	return os.Rename(path+".tmp", path)
}

// Microkubes mints a token as Microkubes' jwt-issuer does: without `kid`, with lists joined by commas, and with `nbf` 0. The
// token is good for an hour. changes replace or add claims.
func (i *Issuer) Microkubes(changes Claims) string {
	now := i.now()
	claims := Claims{
		"jti": "ba2cfa31-ba14-4b4f-9855-4df6c0d92403", "iss": i.Name, "sub": "5c7fdab3a995410001d6d6c4",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nbf": 0,
		"userId": "5c7fdab3a995410001d6d6c4", "username": "user@example.com",
		"roles": "user", "organizations": "", "scopes": "api:read",
	}
	return i.Sign(map[string]any{"alg": i.algorithm, "typ": "JWT"}, claims.with(changes, false))
}

// AccessToken mints a JWT access token (RFC 9068, section 2) for an audience. The token is good for an hour. changes replace or
// add claims.
func (i *Issuer) AccessToken(audience string, changes Claims) string {
	now := i.now()
	claims := Claims{
		"iss": i.Name, "aud": audience, "sub": "5c7fdab3a995410001d6d6c4", "client_id": "client-1",
		"jti": "3c3f1b5e-5c0a-4f0e-9a55-0e1a7f6b2d10", "scope": "api:read",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	return i.Sign(map[string]any{"alg": i.algorithm, "typ": "at+jwt", "kid": i.KeyID}, claims.with(changes, false))
}

// AuthorizationServer mints an access token as Microkubes' authorization-server does: `sub` names the client, and `namespaces` is
// null. The token is good for an hour. changes replace or add claims.
func (i *Issuer) AuthorizationServer(changes Claims) string {
	return i.Microkubes(Claims{
		"sub": "test-client-0000000001", "scopes": "api:read api:write", "namespaces": nil, "organizations": Absent,
	}.with(changes, true))
}

// Internal mints a token as Microkubes' services do for calls of each other: for the user "system", with the claim `scope`. The
// token is good for half a minute. changes replace or add claims.
func (i *Issuer) Internal(changes Claims) string {
	return i.Microkubes(Claims{
		"sub": "system", "userId": "system", "username": "system", "roles": "system", "organizations": Absent,
		"scopes": Absent, "scope": "api:read", "iat": Absent, "exp": i.now().Add(30 * time.Second).Unix(),
	}.with(changes, true))
}

// Sign returns a token with that header and those claims, signed with the issuer's algorithm, whatever the header says.
func (i *Issuer) Sign(header map[string]any, claims Claims) string {
	signed := encode(header) + "." + encode(claims)
	signature, err := jwt.GetSigningMethod(i.algorithm).Sign(signed, i.key)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Forge returns token with claims as its payload and with the old signature. It panics if token does not have three segments.
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

// with applies changes to c and returns c. It removes absent claims, unless keepAbsent: then c is a set of changes itself.
func (c Claims) with(changes Claims, keepAbsent bool) Claims {
	maps.Copy(c, changes)
	if !keepAbsent {
		maps.DeleteFunc(c, func(_ string, v any) bool { return v == Absent })
	}
	return c
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("coretest: the header or a claim cannot be encoded as JSON: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
