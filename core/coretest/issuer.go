package coretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core/keys"
)

// Issuer mints tokens with throw-away keys. It is for tests and demonstrations: its private keys are not stored, and nothing
// outside of the test should trust it. Its methods are safe for concurrent use. Set its fields before the first call; Rotate
// sets KeyID. A copy has the same keys and rotates independently.
type Issuer struct {
	Name  string           // the value of `iss`
	KeyID string           // the id of the key that signs: `kid` in access tokens, the name of its file in WriteKeys
	Clock func() time.Time // nil: time.Now

	algorithm string

	mu        *sync.Mutex // guards the fields below, and KeyID; a pointer, so that an Issuer can be copied
	key       crypto.PrivateKey
	rotations int
	announced crypto.PrivateKey // the next key, or nil; its id is nextKeyID()
	retired   *keys.Key         // the former key while it is published, or nil
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
	return &Issuer{Name: name, KeyID: "default", algorithm: algorithm, mu: &sync.Mutex{}, key: newKey(algorithm)}
}

func newKey(algorithm string) (key crypto.PrivateKey) {
	var err error
	switch algorithm {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		panic(fmt.Sprintf("coretest: an issuer cannot sign with %q", algorithm))
	}
	if err != nil {
		panic(fmt.Sprintf("coretest: cannot make a key: %v", err))
	}
	return key
}

// PublicKey returns the key that verifies the tokens.
func (i *Issuer) PublicKey() crypto.PublicKey {
	_, key := i.signer()
	return publicKey(key)
}

func publicKey(key crypto.PrivateKey) crypto.PublicKey {
	return key.(interface{ Public() crypto.PublicKey }).Public()
}

// signer returns the key that signs, with its id.
func (i *Issuer) signer() (id string, key crypto.PrivateKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.KeyID, i.key
}

// Microkubes mints a token as Microkubes' jwt-issuer does: without `kid`, with lists joined by commas, and with `nbf` 0. The
// token is good for an hour. changes replace or add claims.
func (i *Issuer) Microkubes(changes Claims) string {
	return i.Sign(map[string]any{"alg": i.algorithm, "typ": "JWT"}, i.microkubes().with(changes, false))
}

// microkubes returns the claims of Microkubes without changes.
func (i *Issuer) microkubes() Claims {
	now := i.now()
	return Claims{
		"jti": "ba2cfa31-ba14-4b4f-9855-4df6c0d92403", "iss": i.Name, "sub": "5c7fdab3a995410001d6d6c4",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nbf": 0,
		"userId": "5c7fdab3a995410001d6d6c4", "username": "user@example.com",
		"roles": "user", "organizations": "", "scopes": "api:read",
	}
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
	id, key := i.signer()
	header := map[string]any{"alg": i.algorithm, "typ": "at+jwt", "kid": id}
	return i.sign(key, encode(header)+"."+encode(claims.with(changes, false)))
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

// Sign returns a token with exactly that header and those claims, for forms that the other methods do not have. A good token
// needs at least `alg` in the header, and `iss` and `exp` in the claims. The signature has the issuer's algorithm, whatever the
// header says.
func (i *Issuer) Sign(header map[string]any, claims Claims) string {
	_, key := i.signer()
	return i.sign(key, encode(header)+"."+encode(claims))
}

// sign appends the signature to the text that it signs.
func (i *Issuer) sign(key crypto.PrivateKey, text string) string {
	signature, err := jwt.GetSigningMethod(i.algorithm).Sign(text, key)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
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
