// Package verdict sends the same requests to two services, and compares the answers.
package verdict

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core/coretest"
)

const (
	// Audience is the name of the services, as in the `aud` of their tokens.
	Audience = "https://orders.example.com"
	keyID    = "key-1"
)

// Issuer is the issuer that all services trust. It publishes its keys over HTTP. It signs any text, and so does not use
// coretest.Issuer for that, which signs JSON only.
type Issuer struct {
	Name string // the value of `iss`, a URL where the keys are found by discovery
	JWKS string // the URL of the key set
	PEM  []byte // the public key

	key    *rsa.PrivateKey
	server *coretest.IssuerServer
}

// StartIssuer starts an issuer on a loopback address. Close ends it.
func StartIssuer() (*Issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	server := coretest.StartIssuer()
	server.FailKeys(coretest.Beside(fmt.Sprintf(`{"kty":"RSA","kid":%q,"use":"sig","alg":"RS256","n":%q,"e":%q}`, keyID,
		segment(key.N.Bytes()), segment(big.NewInt(int64(key.E)).Bytes()))))
	return &Issuer{Name: server.Name, JWKS: server.KeysURL, key: key, server: server,
		PEM: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, nil
}

// Close stops the issuer.
func (i *Issuer) Close() { i.server.Close() }

// object is a JSON object. The value nil in changes removes a member.
type object map[string]any

func (i *Issuer) header(changes object) string {
	return changed(object{"alg": "RS256", "typ": "JWT", "kid": keyID}, changes)
}

func (i *Issuer) claims(changes object) string {
	now := time.Now()
	return changed(object{
		"iss": i.Name, "aud": Audience, "sub": "user-1", "name": "ann", "client_id": "client-1", "scope": "orders:read",
		"jti": "3c3f1b5e", "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}, changes)
}

// changed returns o with changes as JSON.
func changed(o, changes object) string {
	maps.Copy(o, changes)
	maps.DeleteFunc(o, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // the requests of this package have values that can be encoded
	}
	return string(text)
}

// Token returns a good token.
func (i *Issuer) Token() string { return i.token(nil, nil) }

// token returns a good token with changes, signed with the key.
func (i *Issuer) token(header, claims object) string {
	return i.sign(i.header(header), i.claims(claims))
}

// sign signs two texts, which need not be JSON, with RS256.
func (i *Issuer) sign(header, claims string) string {
	return signed(jwt.SigningMethodRS256, header, claims, i.key)
}

func signed(method jwt.SigningMethod, header, claims string, key any) string {
	text := segment([]byte(header)) + "." + segment([]byte(claims))
	signature, err := method.Sign(text, key)
	if err != nil {
		panic(err) // the keys of this package fit their methods
	}
	return text + "." + segment(signature)
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
