package keys_test

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
	"math/big"
	"runtime"
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
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}
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

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func jwkRSA(change map[string]any) map[string]any {
	return changed(map[string]any{"kty": "RSA", "kid": "r", "n": b64(rsaKey.N.Bytes()), "e": "AQAB"}, change)
}

func jwkEC(change map[string]any) map[string]any { return jwkECOf(p256, change) }

func jwkECOf(key *ecdsa.PrivateKey, change map[string]any) map[string]any {
	point := must(key.PublicKey.Bytes())
	return changed(map[string]any{"kty": "EC", "kid": "e", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}, change)
}

func jwkOKP(change map[string]any) map[string]any {
	return changed(map[string]any{"kty": "OKP", "kid": "o", "crv": "Ed25519", "x": b64(edPublic)}, change)
}

func null(names ...string) object {
	members := object{}
	for _, name := range names {
		members[name] = json.RawMessage("null")
	}
	return members
}

func changed(m, change map[string]any) map[string]any {
	for k, v := range change {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

type object = map[string]any

func TestJWK(t *testing.T) {
	for name, c := range map[string]struct {
		jwk  object
		says string // empty: usable
	}{
		"RSA":                  {jwkRSA(nil), ""},
		"EC":                   {jwkEC(nil), ""},
		"OKP":                  {jwkOKP(nil), ""},
		"use sig, alg":         {jwkRSA(object{"use": "sig", "alg": "RS256", "key_ops": []string{"verify"}}), ""},
		"unknown member":       {jwkEC(object{"x5t": "abc", "ext": true}), ""},
		"use enc":              {jwkRSA(object{"use": "enc"}), `"use" is not "sig"`},
		"ops without verify":   {jwkRSA(object{"key_ops": []string{"sign", "encrypt"}}), `has no "verify"`},
		"ops empty":            {jwkRSA(object{"key_ops": []string{}}), ""},
		"ops of nulls":         {jwkRSA(object{"key_ops": []any{nil}}), ""},
		"ops null among":       {jwkRSA(object{"key_ops": []any{nil, "sign"}}), `has no "verify"`},
		"nulls":                {jwkRSA(null("use", "key_ops", "alg", "crv", "x", "y", "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv", "x5c")), ""},
		"kid null":             {jwkOKP(null("kid")), ""},
		"oth empty":            {jwkRSA(object{"oth": []any{}}), ""},
		"oth":                  {jwkRSA(object{"oth": []any{object{}}}), "private key"},
		"oth of wrong type":    {jwkRSA(object{"oth": ""}), "private key"},
		"d empty":              {jwkRSA(object{"d": ""}), "private key"},
		"line break in n":      {jwkRSA(object{"n": "\n" + b64(rsaKey.N.Bytes())}), "no sound n and e"},
		"line break in e":      {jwkRSA(object{"e": "AQ\r\nAB"}), "no sound n and e"},
		"line break in x":      {jwkEC(object{"x": jwkEC(nil)["x"].(string) + "\n"}), "coordinates of the curve's size"},
		"line break in OKP":    {jwkOKP(object{"x": b64(edPublic) + "\r"}), "only Ed25519"},
		"alg Ed25519":          {jwkOKP(object{"alg": "Ed25519"}), ""},
		"alg EdDSA":            {jwkOKP(object{"alg": "EdDSA"}), ""},
		"alg Ed448":            {jwkOKP(object{"alg": "Ed448"}), "cannot be used for"},
		"OKP of small order":   {jwkOKP(object{"x": b64(append([]byte{1}, make([]byte, 31)...))}), "small order"},
		"ops of wrong type":    {jwkRSA(object{"key_ops": "verify"}), "wrong type"},
		"private RSA":          {jwkRSA(object{"d": "AQAB"}), "private key"},
		"private EC":           {jwkEC(object{"d": "AQAB"}), "private key"},
		"secret":               {object{"kty": "oct", "k": "AQAB"}, "private key"},
		"oct without k":        {object{"kty": "oct"}, "private key"},
		"alg does not fit":     {jwkRSA(object{"alg": "ES256"}), "cannot be used for"},
		"alg RSA-OAEP":         {jwkRSA(object{"alg": "RSA-OAEP"}), "cannot be used for"},
		"alg of other curve":   {jwkEC(object{"alg": "ES512"}), "cannot be used for"},
		"alg number":           {jwkRSA(object{"alg": 7}), "wrong type"},
		"kid number":           {jwkRSA(object{"kid": 7}), "wrong type"},
		"kty unknown":          {object{"kty": "AKP"}, "not used for signatures"},
		"kty missing":          {jwkRSA(object{"kty": nil}), "not used for signatures"},
		"e = 1":                {jwkRSA(object{"e": "AQ"}), "exponent"},
		"e of five bytes":      {jwkRSA(object{"e": "AQAAAAE"}), "no sound n and e"},
		"n missing":            {jwkRSA(object{"n": nil}), "no sound n and e"},
		"n padded":             {jwkRSA(object{"n": b64(rsaKey.N.Bytes()) + "="}), "no sound n and e"},
		"n of 1024 bits":       {jwkRSA(object{"n": b64(rsaKey.N.Bytes()[:128])}), "1024 bits"},
		"curve unknown":        {jwkEC(object{"crv": "secp256k1"}), "no curve that is used here"},
		"curve of other size":  {jwkEC(object{"crv": "P-384"}), "coordinates of the curve's size"},
		"coordinate too short": {jwkEC(object{"x": b64(make([]byte, 31))}), "coordinates of the curve's size"},
		"off the curve":        {jwkEC(object{"y": b64(make([]byte, 32))}), "no point of its curve"},
		"Ed448":                {jwkOKP(object{"crv": "Ed448"}), "only Ed25519"},
		"X25519":               {jwkOKP(object{"crv": "X25519"}), "only Ed25519"},
		"OKP too short":        {jwkOKP(object{"x": b64(edPublic[:31])}), "only Ed25519"},
	} {
		t.Run(name, func(t *testing.T) {
			good := jwkOKP(object{"kid": "good"})
			for form, document := range map[string]any{"single": c.jwk, "set": object{"keys": []object{c.jwk, good}}} {
				found, skipped, err := keys.ParseJWKS(must(json.Marshal(document)))
				require.NoError(t, err, form)
				want := map[string]int{"single": 0, "set": 1}[form]
				if c.says == "" {
					assert.Empty(t, skipped)
					assert.Len(t, found, want+1)
					continue
				}
				assert.Len(t, found, want, "the other key of the set is used")
				require.Len(t, skipped, 1)
				assert.ErrorContains(t, skipped[0], c.says)
			}
		})
	}
}

func TestJWKSDocuments(t *testing.T) {
	one := string(must(json.Marshal(jwkRSA(nil))))
	for name, c := range map[string]struct{ document, says string }{
		"HTML":        {"<html>", "not a JWK Set"},
		"empty":       {"", "not a JWK Set"},
		"truncated":   {`{"keys":[` + one, "not a JWK Set"},
		"trailing":    {`{"keys":[]} {}`, "not a JWK Set"},
		"keys object": {`{"keys":{}}`, "no array of objects"},
		"keys null":   {`{"keys":null}`, "no array of objects"},
		"key number":  {`{"keys":[7]}`, "no array of objects"},
		"keys twice":  {`{"keys":[],"keys":[` + one + `]}`, "not a JWK Set"},
		"no key set":  {`{"service":{"name":"x"}}`, "not a JWK Set"},
		"texts":       {`{"realm":"x","public_key":"MIIB"}`, "not a JWK Set"},
		"array":       {`[7]`, "no array of objects"},
		"cut array":   {`[` + one, "not a JWK Set"},
	} {
		found, _, err := keys.ParseJWKS([]byte(c.document))
		assert.ErrorContains(t, err, c.says, name)
		assert.Empty(t, found, name)
	}
	found, skipped, err := keys.ParseJWKS([]byte(`{"keys":[]}`))
	assert.NoError(t, err)
	assert.Empty(t, append(skipped, errorsOf(found)...))
}

func errorsOf(found []*keys.Key) (errs []error) {
	for range found {
		errs = append(errs, assert.AnError)
	}
	return errs
}

// TestKeysDoNotKeepTheirDocument has a private key in it, which must not stay in memory for as long as the public ones.
func TestKeysDoNotKeepTheirDocument(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	point, err := private.PublicKey.Bytes()
	require.NoError(t, err)
	coordinate := base64.RawURLEncoding.EncodeToString
	document := fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","x":%q,"y":%q},{"kty":"oct","k":%q}]}`,
		coordinate(point[1:33]), coordinate(point[33:]), strings.Repeat("s", 8<<20))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	found, _, err := keys.ParseJWKS(document)
	require.NoError(t, err)
	require.Len(t, found, 1)
	after := heap()
	runtime.KeepAlive(found)
	runtime.KeepAlive(document)
	assert.Less(t, after, before+1<<20)
}
