package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

var (
	rsaKey      = must(rsa.GenerateKey(rand.Reader, 2048))
	otherRSAKey = must(rsa.GenerateKey(rand.Reader, 2048))
	p256        = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384        = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521        = must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	otherP256   = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))

	edPublic, edPrivate = must2(ed25519.GenerateKey(rand.Reader))
	edOther, _          = must2(ed25519.GenerateKey(rand.Reader))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[T, U any](v T, u U, err error) (T, U) {
	if err != nil {
		panic(err)
	}
	return v, u
}

func TestPublicBindsAlgorithms(t *testing.T) {
	rs := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	every := append([]string{"ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256", "HS384", "HS512", "none", ""}, rs...)
	for name, c := range map[string]struct {
		key  crypto.PublicKey
		fits []string
	}{
		"RSA":     {&rsaKey.PublicKey, rs},
		"P-256":   {&p256.PublicKey, []string{"ES256"}},
		"P-384":   {&p384.PublicKey, []string{"ES384"}},
		"P-521":   {&p521.PublicKey, []string{"ES512"}},
		"Ed25519": {edPublic, []string{"EdDSA", "Ed25519"}},
	} {
		key, err := keys.Public("id", c.key)
		require.NoError(t, err, name)
		for _, a := range every {
			fits := strings.Contains(" "+strings.Join(c.fits, " ")+" ", " "+a+" ") && a != ""
			assert.Equal(t, fits, key.Verifies(a), "%s %s", name, a)
		}
		_, err = keys.Public("id", c.key, "HS256")
		assert.ErrorContains(t, err, "cannot be used for", name)
		one, err := keys.Public("id", c.key, c.fits[0])
		require.NoError(t, err)
		assert.True(t, one.Verifies(c.fits[0]))
		if len(c.fits) > 1 && name != "Ed25519" { // two names of one algorithm
			assert.False(t, one.Verifies(c.fits[1]), "bound to one algorithm")
		}
	}
}

func TestUnsoundKeysAreRefused(t *testing.T) {
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	n := rsaKey.N
	even := new(big.Int).Lsh(big.NewInt(1), 2047)
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // no constructor makes a point off the curve
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	for name, key := range map[string]crypto.PublicKey{
		"nil":                nil,
		"nil RSA":            (*rsa.PublicKey)(nil),
		"RSA without N":      &rsa.PublicKey{E: 3},
		"1024 bits":          &weak.PublicKey,
		"2047 bits":          &rsa.PublicKey{N: new(big.Int).Rsh(n, 1), E: 65537},
		"16384 bits":         &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Set(n), 16383, 1), E: 65537},
		"e = 1":              &rsa.PublicKey{N: n, E: 1},
		"even e":             &rsa.PublicKey{N: n, E: 4},
		"negative e":         &rsa.PublicKey{N: n, E: -3},
		"even modulus":       &rsa.PublicKey{N: even, E: 65537},
		"nil ECDSA":          (*ecdsa.PublicKey)(nil),
		"ECDSA, no curve":    &ecdsa.PublicKey{},
		"off the curve":      off,
		"P-224":              &p224.PublicKey,
		"short Ed25519":      edPublic[:31],
		"private":            rsaKey,
		"text":               "key",
		"PEM as HMAC secret": []byte("-----BEGIN PUBLIC KEY-----"),
	} {
		_, err := keys.Public("id", key)
		assert.ErrorContains(t, err, "keys: ", name)
	}
	_, err := keys.Public("id", &rsaKey.PublicKey)
	assert.NoError(t, err)
}

func TestSecret(t *testing.T) {
	for algorithm, length := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		secret := []byte(strings.Repeat("canary", 20))[:length]
		key, err := keys.Secret("id", algorithm, secret)
		require.NoError(t, err)
		assert.True(t, key.Verifies(algorithm))
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", key, key, key, must(json.Marshal(map[string]any{"key": key}))), "canary")
		for _, secret := range []string{fmt.Sprintf("%v", secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%#v", secret)} {
			assert.NotContains(t, fmt.Sprintf("%v %#v %x %d %+v %#v %x %d", key, key, key, key, *key, *key, *key, *key), secret)
		}
		clear(secret)
		assert.Contains(t, string(key.Material().([]byte)), "canary", "the key has a copy of the secret")
		_, err = keys.Secret("id", algorithm, secret[1:])
		assert.ErrorContains(t, err, "bytes or more")
	}
	_, err := keys.Secret("id", "RS256", make([]byte, 64))
	assert.ErrorContains(t, err, "a secret is for HS256")
	_, err = keys.Secret("id", "HS256", nil)
	assert.Error(t, err)
}

func TestStatic(t *testing.T) {
	a := must(keys.Public("a", &rsaKey.PublicKey))
	b := must(keys.Public("b", &p256.PublicKey))
	anonymous := must(keys.Public("", edPublic))
	set, err := keys.Static(a, b, anonymous)
	require.NoError(t, err)
	for _, c := range []struct {
		kid, algorithm string
		want           *keys.Key
		err            error
	}{
		{"a", "RS256", a, nil}, {"", "RS256", a, nil}, {"b", "ES256", b, nil}, {"", "EdDSA", anonymous, nil},
		{"A", "RS256", nil, keys.ErrUnknownKey}, {"c", "RS256", nil, keys.ErrUnknownKey},
		{"a", "ES256", nil, keys.ErrNoFittingKey}, {"", "ES384", nil, keys.ErrNoFittingKey}, {"a", "none", nil, keys.ErrNoFittingKey},
	} {
		found, err := set.Find(t.Context(), c.kid, c.algorithm)
		assert.ErrorIs(t, err, c.err, "%+v", c)
		if c.want != nil {
			assert.Equal(t, []*keys.Key{c.want}, found, "%+v", c)
		}
	}
	assert.Equal(t, set.Generation(), set.Generation())
	assert.NoError(t, set.Close())
	sameID := must(keys.Public("a", &otherRSAKey.PublicKey))
	for says, list := range map[string][]*keys.Key{
		"at least one key": {}, "key 2 is nil": {a, nil}, "key 1 is nil": {{}}, "key 2 has the id of an earlier one": {a, sameID},
	} {
		_, err := keys.Static(list...)
		assert.ErrorContains(t, err, says)
	}
}
