package keys_test

import (
	"crypto/x509"
	cryptopkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestPrivateKeysAnywhere has files with a public key before, after or beside a private key.
func TestPrivateKeysAnywhere(t *testing.T) {
	good := pkix(t, &rsaKey.PublicKey)
	pkcs8 := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey)))
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p256)))
	ed := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edPrivate)))
	sealed := block("ENCRYPTED PRIVATE KEY", encryptedKey)
	for name, private := range map[string]string{
		"PKCS#8": pkcs8, "PKCS#1": pkcs1, "SEC 1": sec1, "Ed25519": ed, "encrypted": sealed,
		"OpenSSH":       block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")),
		"OpenPGP":       "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n",
		"PuTTY":         "PuTTY-User-Key-File-3: ssh-rsa\n",
		"SSH2":          "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
		"age":           "AGE-SECRET-KEY-1QQQ\n",
		"XML":           "<RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent><D>AQAB</D></RSAKeyValue>",
		"JWK":           string(must(json.Marshal(jwkRSA(object{"d": "AQAB"})))),
		"printed":       "RSA Private-Key: (2048 bit, 2 primes)\nprivateExponent:\n    00:aa\n",
		"bare PKCS#8":   bare(pkcs8),
		"bare PKCS#1":   bare(pkcs1),
		"bare SEC 1":    bare(sec1),
		"bare Ed25519":  bare(ed),
		"bare sealed":   bare(sealed),
		"bare PKCS#12":  bare(block("X", encryptedBy(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}))), // as Java and old OpenSSL encrypt
		"on one line":   strings.ReplaceAll(bare(pkcs8), "\n", ""),
		"escaped":       strings.ReplaceAll(pkcs1, "\n", `\n`),
		"cut off":       pkcs1[:200],
		"begin cut off": pkcs1[200:],
		"bare cut off":  bare(pkcs8)[:40],
		"as public":     labelled("PUBLIC KEY", pkcs8),
		"as RSA":        labelled("RSA PUBLIC KEY", pkcs1),
		"as EC":         labelled("CERTIFICATE", sec1),
		"as encrypted":  labelled("CERTIFICATE", sealed),
		"unknown label": labelled("THING", pkcs8),
		"lower case":    strings.ToLower("-----BEGIN PRIVATE KEY-----") + "\nAAAA\n",
	} {
		t.Run(name, func(t *testing.T) {
			for place, text := range map[string]string{
				"after": good + private, "before": private + "\n" + good, "among text": good + "and key = \"" + private + "\"\n",
				"after a certificate": certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)) + private,
				"alone":               private,
				"indented":            strings.ReplaceAll(good+private, "\n", "\n  "),
				"binary":              "\x00\x01\n" + private,
				"UTF-16":              "\xff\xfe" + string(utf16le(private)),
			} {
				key, err := keys.ParsePEM("id", []byte(text))
				assert.Nil(t, key)
				assert.ErrorIs(t, err, keys.ErrPrivateKey, place)
			}
		})
	}
	for name, der := range map[string][]byte{
		"PKCS#8": must(x509.MarshalPKCS8PrivateKey(rsaKey)), "PKCS#1": x509.MarshalPKCS1PrivateKey(rsaKey),
		"SEC 1": must(x509.MarshalECPrivateKey(p256)), "encrypted": encryptedKey, "cut off": x509.MarshalPKCS1PrivateKey(rsaKey)[:300],
	} {
		_, err := keys.ParsePEM("id", der)
		assert.ErrorIs(t, err, keys.ErrPrivateKey, name)
		_, err = keys.ParsePEM("id", []byte(base64.StdEncoding.EncodeToString([]byte(block("PRIVATE KEY", der)))))
		assert.ErrorIs(t, err, keys.ErrPrivateKey, name)
	}
}

// encryptedKey returns an encrypted PKCS#8 key (RFC 5958, section 3) with an empty content.
var encryptedKey = encryptedBy(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13})

func encryptedBy(scheme asn1.ObjectIdentifier) []byte {
	return must(asn1.Marshal(struct {
		Algorithm cryptopkix.AlgorithmIdentifier
		Data      []byte
	}{cryptopkix.AlgorithmIdentifier{Algorithm: scheme}, make([]byte, 64)}))
}

// TestPrivateKeysInJSON has a private key beside public keys. Nothing of the document is used, unless the private key is a JWK
// among the keys.
func TestPrivateKeysInJSON(t *testing.T) {
	pkcs8 := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey)))
	again := base64.StdEncoding.EncodeToString([]byte(pkcs8))
	openssh := "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACA"
	jwk, private := jwkRSA(object{"kid": "a"}), jwkRSA(object{"d": "AQAB"})
	set := func(more object) object { return changed(object{"keys": []any{jwk}}, more) }
	good := pkix(t, &rsaKey.PublicKey)
	for name, document := range map[string]any{
		"private_key":            set(object{"private_key": pkcs8}),
		"private_key, short":     set(object{"private_key": "AQAB"}),
		"privateKeyPem of a JWK": jwkRSA(object{"privateKeyPem": "x"}),
		"pem":                    jwkRSA(object{"pem": pkcs8}),
		"pem of an element":      []any{jwkRSA(object{"pem": pkcs8})},
		"nested JWK":             jwkRSA(object{"private": private}),
		"nested in an element":   []any{jwkRSA(object{"private": private})},
		"nested in an array":     set(object{"old": []any{[]any{private}}}),
		"a secret":               set(object{"old": object{"kty": "oct", "k": "AQAB"}}),
		"a set with d":           set(object{"kty": "RSA", "d": "AQAB"}),
		"a set in a set":         set(object{"more": object{"keys": []any{private}}}),
		"base64":                 set(object{"x": again}),
		"base64, wrapped":        set(object{"x": again[:76] + "\n" + again[76:152] + "\n" + again[152:]}),
		"base64 of both":         set(object{"x": base64.StdEncoding.EncodeToString([]byte(good + pkcs8))}),
		"DER in base64":          set(object{"x": bare(pkcs8)}),
		"OpenSSH without labels": set(object{"x": openssh}),
		"JSON in a string":       set(object{"x": string(must(json.Marshal(private)))}),
		"a map, a JWK":           object{"a": good, "b": private},
		"a map, nested":          object{"a": good, "b": object{"c": []any{object{"d": pkcs8}}}},
		"a name":                 object{"a": good, pkcs8: 1},
		"deep":                   set(object{"x": json.RawMessage(strings.Repeat("[", 50) + string(must(json.Marshal(pkcs8))) + strings.Repeat("]", 50))}),
		"twice":                  json.RawMessage(`{"keys":[],"x":` + string(must(json.Marshal(pkcs8))) + `,"x":1}`),
		"a lone surrogate":       json.RawMessage(`{"keys":[],"x":"\ud800` + strings.ReplaceAll(pkcs8, "\n", `\n`) + `"}`),
	} {
		text := string(must(json.Marshal(document)))
		for form, data := range map[string]string{"": text, "UTF-16": string(utf16le(text)), "cut off": text[:len(text)-1]} {
			if form == "UTF-16" && !strings.Contains(text, `"d"`) && !strings.Contains(text, "PRIVATE") {
				continue
			}
			found, _, err := keys.ParseJWKS([]byte(data))
			assert.Empty(t, found, name+form)
			if form != "cut off" {
				assert.ErrorIs(t, err, keys.ErrPrivateKey, name+" "+form)
			}
		}
	}
	found, skipped, err := keys.ParseJWKS(must(json.Marshal(object{"keys": []any{jwk, private, object{"kty": "oct", "k": "AQAB"}}, "private_key": nil,
		"privateKeys": "none", "d": "AQAB", "private_key_id": "7"})))
	assert.NoError(t, err)
	assert.Len(t, found, 1)
	assert.Len(t, skipped, 2)
	for _, text := range []string{good + "key: " + again, good + "ED25519 Private-Key:\npriv:\n    aa:bb:cc\n", good + "priv:\n    aa:bb:cc:\n", good + openssh,
		good + "word\n" + again} {
		_, err := keys.ParsePEM("a", []byte(text))
		assert.ErrorIs(t, err, keys.ErrPrivateKey, text[len(good):len(good)+12])
	}
}

// TestWideTexts has texts in UTF-16 and UTF-32. They are refused, and private keys in them are recognized.
func TestWideTexts(t *testing.T) {
	wide := func(text string, size int, order binary.ByteOrder, mark bool) (data []byte) {
		if mark {
			text = "\ufeff" + text
		}
		for _, r := range text {
			unit := make([]byte, size)
			if size == 4 {
				order.PutUint32(unit, uint32(r))
			} else {
				order.PutUint16(unit, uint16(r))
			}
			data = append(data, unit...)
		}
		return data
	}
	for name, text := range map[string]string{
		"PEM": block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p256))), "JWK": string(must(json.Marshal(jwkRSA(object{"d": "AQAB"})))),
		"set": string(must(json.Marshal(object{"keys": []any{jwkRSA(object{"d": "AQAB"})}}))), "public": pkix(t, &p256.PublicKey),
		"public JWK": string(must(json.Marshal(jwkEC(nil)))),
	} {
		for _, c := range []struct {
			size  int
			order binary.ByteOrder
			mark  bool
			name  string
		}{
			{2, binary.LittleEndian, true, "UTF-16 "}, {2, binary.BigEndian, true, "UTF-16 "}, {2, binary.LittleEndian, false, "UTF-16LE "},
			{2, binary.BigEndian, false, "UTF-16BE "}, {4, binary.LittleEndian, true, "UTF-32 "}, {4, binary.BigEndian, true, "UTF-32 "},
			{4, binary.LittleEndian, false, "UTF-32LE "}, {4, binary.BigEndian, false, "UTF-32BE "},
		} {
			data := wide(text, c.size, c.order, c.mark)
			_, err := keys.ParsePEM("a", data)
			_, _, errSet := keys.ParseJWKS(data)
			dir := t.TempDir()
			write(t, dir, map[string]string{"a.x": string(data)})
			_, errDir := keys.Dir(dir)
			for _, err := range []error{err, errSet, errDir} {
				switch name {
				case "JWK", "set":
					assert.ErrorContains(t, err, keys.ErrPrivateKey.Error(), c.name)
				case "PEM":
					assert.ErrorContains(t, err, keys.ErrPrivateKey.Error(), c.name)
					assert.ErrorContains(t, err, "iconv -f "+c.name+"-t UTF-8 FILE | openssl pkey")
				default:
					assert.ErrorContains(t, err, "iconv -f "+c.name)
				}
			}
		}
	}
}
