package keys_test

import (
	"crypto/x509"
	cryptopkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestPrivateKeysAnywhere has a public key in each file, before, after or beside a private one.
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

// encryptedKey is the form of PKCS#8 that is sealed with a password (RFC 5958, section 3), around nothing.
var encryptedKey = must(asn1.Marshal(struct {
	Algorithm cryptopkix.AlgorithmIdentifier
	Data      []byte
}{cryptopkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}}, make([]byte, 64)}))
