package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

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
		"line break in n":      {jwkRSA(object{"n": "\n" + b64(rsaKey.N.Bytes())}), "must have \"n\" and \"e\""},
		"line break in e":      {jwkRSA(object{"e": "AQ\r\nAB"}), "must have \"n\" and \"e\""},
		"line break in x":      {jwkEC(object{"x": jwkEC(nil)["x"].(string) + "\n"}), "of the EC key must have"},
		"line break in OKP":    {jwkOKP(object{"x": b64(edPublic) + "\r"}), "must be on Ed25519"},
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
		"kty unknown":          {object{"kty": "AKP"}, "must be RSA, EC or OKP"},
		"kty missing":          {jwkRSA(object{"kty": nil}), "must be RSA, EC or OKP"},
		"e = 1":                {jwkRSA(object{"e": "AQ"}), "exponent"},
		"e of five bytes":      {jwkRSA(object{"e": "AQAAAAE"}), "must have \"n\" and \"e\""},
		"n missing":            {jwkRSA(object{"n": nil}), "must have \"n\" and \"e\""},
		"n padded":             {jwkRSA(object{"n": b64(rsaKey.N.Bytes()) + "="}), "must have \"n\" and \"e\""},
		"n of 1024 bits":       {jwkRSA(object{"n": b64(rsaKey.N.Bytes()[:128])}), "1024 bits"},
		"curve unknown":        {jwkEC(object{"crv": "secp256k1"}), "must be on P-256"},
		"curve of other size":  {jwkEC(object{"crv": "P-384"}), "of the EC key must have"},
		"coordinate too short": {jwkEC(object{"x": b64(make([]byte, 31))}), "of the EC key must have"},
		"off the curve":        {jwkEC(object{"y": b64(make([]byte, 32))}), "not a point on its curve"},
		"Ed448":                {jwkOKP(object{"crv": "Ed448"}), "must be on Ed25519"},
		"X25519":               {jwkOKP(object{"crv": "X25519"}), "must be on Ed25519"},
		"OKP too short":        {jwkOKP(object{"x": b64(edPublic[:31])}), "must be on Ed25519"},
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

// TestX5C compares a key with the certificate beside it (RFC 7517, section 4.7).
func TestX5C(t *testing.T) {
	now := time.Now()
	der := func(key crypto.PublicKey, from, to time.Time) string {
		block, _ := pem.Decode([]byte(certificateOf(t, key, from, to)))
		return base64.StdEncoding.EncodeToString(block.Bytes)
	}
	valid := func(key crypto.PublicKey) string { return der(key, now.Add(-time.Hour), now.Add(time.Hour)) }
	another := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	for name, c := range map[string]struct {
		jwk  object
		says string // empty: usable
	}{
		"of the RSA key":         {jwkRSA(object{"x5c": []string{valid(&rsaKey.PublicKey)}}), ""},
		"of the EC key":          {jwkEC(object{"x5c": []string{valid(&p256.PublicKey)}}), ""},
		"of the OKP key":         {jwkOKP(object{"x5c": []string{valid(edPublic)}}), ""},
		"with its issuers":       {jwkEC(object{"x5c": []string{valid(&p256.PublicKey), valid(&another.PublicKey), "!"}}), ""},
		"that has expired":       {jwkEC(object{"x5c": []string{der(&p256.PublicKey, now.Add(-2*time.Hour), now.Add(-time.Hour))}}), ""},
		"empty":                  {jwkEC(object{"x5c": []string{}}), ""},
		"of another key":         {jwkEC(object{"x5c": []string{valid(&another.PublicKey)}}), "the certificate of another key"},
		"of another kind of key": {jwkRSA(object{"x5c": []string{valid(&p256.PublicKey)}}), "the certificate of another key"},
		"of the key, behind":     {jwkEC(object{"x5c": []string{valid(&another.PublicKey), valid(&p256.PublicKey)}}), "the certificate of another key"},
		"not base64":             {jwkEC(object{"x5c": []string{"!"}}), "in base64"},
		"not a certificate":      {jwkEC(object{"x5c": []string{"bm8gY2VydGlmaWNhdGU="}}), "not a certificate"},
		"not a list":             {jwkEC(object{"x5c": valid(&p256.PublicKey)}), "wrong type"},
	} {
		t.Run(name, func(t *testing.T) {
			good := jwkOKP(object{"kid": "good"})
			found, skipped, err := keys.ParseJWKS(must(json.Marshal(object{"keys": []object{c.jwk, good}})))
			require.NoError(t, err)
			if c.says == "" {
				assert.Len(t, found, 2)
				assert.Empty(t, skipped)
				return
			}
			assert.Len(t, found, 1, "the other key of the set is used")
			require.Len(t, skipped, 1)
			assert.ErrorContains(t, skipped[0], c.says)
		})
	}
}

func TestJWKSDocuments(t *testing.T) {
	one := string(must(json.Marshal(jwkRSA(nil))))
	for name, c := range map[string]struct{ document, says string }{
		"HTML":        {"<html>", "not a JWK Set"},
		"empty":       {"", "the input is empty"},
		"truncated":   {`{"keys":[` + one, "not a JWK Set"},
		"trailing":    {`{"keys":[]} {}`, "not a JWK Set"},
		"keys object": {`{"keys":{}}`, "not an array of objects"},
		"keys null":   {`{"keys":null}`, "not an array of objects"},
		"key number":  {`{"keys":[7]}`, "not an array of objects"},
		"keys twice":  {`{"keys":[],"keys":[` + one + `]}`, "not a JWK Set"},
		"no key set":  {`{"service":{"name":"x"}}`, "not a JWK Set"},
		"texts":       {`{"realm":"x","public_key":"MIIB"}`, "not a JWK Set"},
		"array":       {`[7]`, "not an array of objects"},
		"cut array":   {`[` + one, "cut off"},
		"discovery":   {`{"issuer":"https://idp","jwks_uri":"https://idp/keys","response_types_supported":["code"]}`, "jwks_uri"},
		"null":        {`null`, "not a JWK Set"},
		"a string":    {`"x"`, "not a JWK Set"},
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

// TestKeysDoNotKeepTheirDocument checks that a Key does not keep its document in memory, which may have a private key.
func TestKeysDoNotKeepTheirDocument(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	point, err := private.PublicKey.Bytes()
	require.NoError(t, err)
	coordinate := base64.RawURLEncoding.EncodeToString
	document := fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","x":%q,"y":%q},{"kty":"oct","k":%q}]}`,
		coordinate(point[1:33]), coordinate(point[33:]), strings.Repeat("s", 1<<20))
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
	assert.Less(t, after, before+1<<19)
}

// TestOneMalformedJWK checks that a malformed JWK does not affect the others, and that a duplicate name in the document does.
func TestOneMalformedJWK(t *testing.T) {
	good := string(must(json.Marshal(jwkEC(object{"kid": "good"}))))
	other := string(must(json.Marshal(jwkOKP(object{"kid": "other"}))))
	for name, bad := range map[string]string{
		"a member twice": `{"kty":"RSA","kty":"RSA"}`, "twice, one escaped": `{"kty":"OKP","k\u0074y":"OKP"}`, "a lone surrogate": `{"kty":"EC","kid":"\ud800"}`,
		"a name of one": `{"\udc00":1,"kty":"EC"}`, "too deep": `{"kty":"EC","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
		"good, twice": strings.Replace(good, "{", `{"kid":"good",`, 1),
	} {
		for _, list := range [][]string{{bad, good, other}, {good, bad, other}, {good, other, bad}} {
			array := "[" + strings.Join(list, ",") + "]"
			for _, document := range []string{array, `{"keys":` + array + `}`, `{"x":1,"keys":` + array + `,"y":"\ud800"}`} {
				found, skipped, err := keys.ParseJWKS([]byte(document))
				require.NoError(t, err, name)
				assert.Len(t, found, 2, name)
				assert.Len(t, skipped, 1, name)
			}
		}
	}
	for name, document := range map[string]string{
		"keys twice": `{"keys":[` + good + `],"keys":[` + good + `]}`, "escaped": `{"keys":[` + good + `],"k\u0065ys":[]}`, "x twice": `{"x":1,"keys":[` + good + `],"x":2}`,
		"a map, id twice": `{"a":"-----BEGIN ","a":"-----BEGIN "}`,
	} {
		found, _, err := keys.ParseJWKS([]byte(document))
		assert.ErrorContains(t, err, "two members have the same name", name)
		assert.Empty(t, found, name)
	}
}

// TestMapsWithOddIDs has ids that are also names of members of JWKs and sets.
func TestMapsWithOddIDs(t *testing.T) {
	for _, id := range []string{"x", "y", "e", "n", "kty", "crv", "keys", "jwks_uri", "kid", "d", "k", "p"} {
		document := object{id: pkix(t, &rsaKey.PublicKey), "other": pkix(t, &p256.PublicKey)}
		found, skipped, err := keys.ParseJWKS(must(json.Marshal(document)))
		require.NoError(t, err, id)
		assert.Empty(t, skipped, id)
		require.Len(t, found, 2, id)
		assert.ElementsMatch(t, []string{id, "other"}, []string{found[0].ID(), found[1].ID()})
	}
}
