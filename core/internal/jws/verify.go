package jws

import (
	"crypto/rsa"

	"github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core/keys"
)

// Verify verifies the signature with one key. The key decides which algorithms are allowed, and the header only selects one of
// them (RFC 8725, section 3.1).
func (t *Token) Verify(key *keys.Key) error {
	method, ok := methods[t.Algorithm]
	if !ok {
		return ErrBadAlgorithm
	}
	if !key.Verifies(t.Algorithm) {
		return ErrNoFittingKey
	}
	signature, err := t.Signature()
	if err != nil {
		return err
	}
	if err := method.Verify(t.signed, signature, key.Material()); err != nil {
		return ErrBadSignature
	}
	return nil
}

// Supported reports whether Verify supports an algorithm.
func Supported(algorithm string) bool {
	_, ok := methods[algorithm]
	return ok
}

// methods lists the algorithms of RFC 7518, section 3.1, RFC 8037, section 3.1 and RFC 9864, section 2.2, without `none`. The
// registry of golang-jwt is not used, because any package of the program can change it.
var methods = map[string]jwt.SigningMethod{
	"HS256": jwt.SigningMethodHS256, "HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512,
	"RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
	"ES256": jwt.SigningMethodES256, "ES384": jwt.SigningMethodES384, "ES512": jwt.SigningMethodES512,
	"PS256": exactSalt(jwt.SigningMethodPS256), "PS384": exactSalt(jwt.SigningMethodPS384),
	"PS512": exactSalt(jwt.SigningMethodPS512),
	"EdDSA": jwt.SigningMethodEdDSA, "Ed25519": jwt.SigningMethodEdDSA, // two names of the same algorithm (RFC 9864, section 2.2)
}

// exactSalt requires a salt that is as long as the hash (RFC 7518, section 3.5). golang-jwt accepts any length.
func exactSalt(m *jwt.SigningMethodRSAPSS) jwt.SigningMethod {
	exact := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: m.Hash}
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: exact, VerifyOptions: exact}
}
