package keys_test

import (
	"crypto/rsa"
	"crypto/x509"
	cryptopkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// bare is the base64 of a block, with its line breaks.
func bare(pem string) string {
	_, inside, _ := strings.Cut(pem, "-----\n")
	inside, _, _ = strings.Cut(inside, "-----END")
	return inside
}

func utf16le(text string) (data []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return data
}

func labelled(label, pem string) string {
	return block(label, must(base64.StdEncoding.DecodeString(strings.ReplaceAll(bare(pem), "\n", ""))))
}

var (
	sha1, sha256, sha384 = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1},
		asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	mgf1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

type pssParameters struct {
	Hash    cryptopkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
	Mask    cryptopkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
	Salt    int                            `asn1:"explicit,tag:2"`
	Trailer int                            `asn1:"explicit,tag:3,optional"`
}

func parameters(hash, mask asn1.ObjectIdentifier, salt, trailer int) []byte {
	inner := must(asn1.Marshal(cryptopkix.AlgorithmIdentifier{Algorithm: mask}))
	return must(asn1.Marshal(pssParameters{
		cryptopkix.AlgorithmIdentifier{Algorithm: hash, Parameters: asn1.NullRawValue},
		cryptopkix.AlgorithmIdentifier{Algorithm: mgf1, Parameters: asn1.RawValue{FullBytes: inner}}, salt, trailer,
	}))
}

// pssKey is a key of the kind id-RSASSA-PSS.
func pssKey(t testing.TB, key *rsa.PublicKey, params []byte) string {
	t.Helper()
	algorithm := cryptopkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}}
	if params != nil {
		algorithm.Parameters = asn1.RawValue{FullBytes: params}
	}
	return info(algorithm, x509.MarshalPKCS1PublicKey(key))
}

// info is a SubjectPublicKeyInfo of any kind.
func info(algorithm cryptopkix.AlgorithmIdentifier, key []byte) string {
	return block("PUBLIC KEY", must(asn1.Marshal(struct {
		Algorithm cryptopkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{algorithm, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})))
}

func TestParsePEMReads(t *testing.T) {
	good := pkix(t, &rsaKey.PublicKey)
	pkcs1 := block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey))
	cert := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	oneLine := func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "") }
	quoted := string(must(json.Marshal(good)))
	for name, text := range map[string]string{
		"as it is":                   good,
		"PKCS#1":                     pkcs1,
		"a certificate":              cert,
		"PKCS#1 as PUBLIC KEY":       labelled("PUBLIC KEY", pkcs1),
		"PUBLIC KEY as PKCS#1":       labelled("RSA PUBLIC KEY", good),
		"a certificate as key":       labelled("PUBLIC KEY", cert),
		"a key as certificate":       labelled("CERTIFICATE", good),
		"PKCS#1 as certificate":      labelled("CERTIFICATE", pkcs1),
		"the old label":              labelled("X509 CERTIFICATE", cert),
		"text before":                "Bag Attributes\n    localKeyID: 01\nsubject=CN = x\n\n" + good,
		"text after":                 good + "\nkeep this\n",
		"text on the same line":      "KEY=" + good,
		"base64":                     bare(good),
		"base64 on one line":         oneLine(bare(good)),
		"base64 without padding":     strings.TrimRight(oneLine(bare(good)), "="),
		"base64url":                  strings.NewReplacer("+", "-", "/", "_").Replace(oneLine(bare(good))),
		"base64 of a certificate":    bare(cert),
		"base64 of PKCS#1":           bare(pkcs1),
		"base64 in quotes":           `"` + oneLine(bare(good)) + "\"\n",
		"escaped":                    strings.ReplaceAll(good, "\n", `\n`),
		"escaped with returns":       strings.ReplaceAll(good, "\n", `\r\n`),
		"escaped twice":              strings.ReplaceAll(good, "\n", `\\n`),
		"escaped in quotes":          quoted,
		"in single quotes":           "'" + strings.ReplaceAll(good, "\n", `\n`) + "'",
		"escaped slashes":            strings.NewReplacer("/", `\/`, "+", `\u002B`, "=", `\u003d`).Replace(quoted),
		"an environment file":        "A=b\nKEY=" + quoted + "\nC=d\n",
		"base64, escaped":            strings.ReplaceAll(bare(good), "\n", `\n`),
		"on one line with spaces":    strings.ReplaceAll(good, "\n", " "),
		"on one line":                oneLine(good),
		"indented":                   "key: |\n    " + strings.ReplaceAll(good, "\n", "\n    "),
		"indented with tabs":         "\t" + strings.ReplaceAll(good, "\n", "\n\t"),
		"CRLF":                       strings.ReplaceAll(good, "\n", "\r\n"),
		"CR":                         strings.ReplaceAll(good, "\n", "\r"),
		"byte order mark":            "\xef\xbb\xbf" + good,
		"no-break spaces":            strings.ReplaceAll(good, "\n", "\u00a0\n"),
		"twice":                      good + good,
		"in two forms":               good + pkcs1,
		"the key and its certifcate": good + cert,
		"EC parameters":              "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + good,
		"no NULL":                    info(cryptopkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}}, x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)),
	} {
		t.Run(name, func(t *testing.T) {
			key, err := keys.ParsePEM("id", []byte(text))
			require.NoError(t, err)
			assert.Equal(t, "id", key.ID())
			assert.True(t, rsaKey.PublicKey.Equal(key.Material()))
			assert.True(t, key.Verifies("RS256"))
			dir := t.TempDir()
			write(t, dir, map[string]string{"id.any": text})
			d, _ := opened(t, dir)
			assert.Equal(t, uses("id", rsaUses), findable(t, d, "id"))
		})
	}
}

// TestPSSKeys are for PS algorithms alone, in each form.
func TestPSSKeys(t *testing.T) {
	for name, c := range map[string]struct {
		parameters []byte
		algorithms string
	}{
		"none":            {nil, "PS256 PS384 PS512"},
		"SHA-256":         {parameters(sha256, sha256, 32, 1), "PS256"},
		"SHA-384":         {parameters(sha384, sha384, 48, 1), "PS384"},
		"a shorter salt":  {parameters(sha256, sha256, 20, 1), "PS256"},
		"a longer salt":   {parameters(sha256, sha256, 33, 1), ""},
		"a negative salt": {parameters(sha256, sha256, -1, 1), ""},
		"SHA-1":           {parameters(sha1, sha1, 20, 1), ""},
		"two hashes":      {parameters(sha256, sha384, 32, 1), ""},
		"another trailer": {parameters(sha256, sha256, 32, 2), ""},
		"the defaults":    {[]byte{0x30, 0}, ""},
		"something else":  {[]byte{0x05, 0}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := pssKey(t, &rsaKey.PublicKey, c.parameters)
			for _, text := range []string{text, bare(text), labelled("RSA PUBLIC KEY", text)} {
				key, err := keys.ParsePEM("k", []byte(text))
				if c.algorithms == "" {
					assert.ErrorContains(t, err, "parameters of the RSASSA-PSS key")
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, uses("k", c.algorithms), findable(t, must(keys.Static(key)), "k"))
			}
		})
	}
	_, err := keys.ParsePEM("k", []byte(pssKey(t, &weakRSA.PublicKey, nil)))
	assert.ErrorContains(t, err, "1024 bits")
}

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

// TestSomethingElse has what lies in place of a key. The error names it, and the command that makes a key of it, and has
// nothing of its content.
func TestSomethingElse(t *testing.T) {
	point := must(p256.PublicKey.Bytes())
	ec := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	curve := func(oid asn1.ObjectIdentifier) cryptopkix.AlgorithmIdentifier {
		return cryptopkix.AlgorithmIdentifier{Algorithm: ec, Parameters: asn1.RawValue{FullBytes: must(asn1.Marshal(oid))}}
	}
	prime256, secp256k1, brainpool := asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, asn1.ObjectIdentifier{1, 3, 132, 0, 10},
		asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7}
	kind := func(oid ...int) string { return info(cryptopkix.AlgorithmIdentifier{Algorithm: oid}, make([]byte, 32)) }
	request := must(x509.CreateCertificateRequest(testRand, &x509.CertificateRequest{}, p256))
	list := must(x509.CreateRevocationList(testRand, &x509.RevocationList{Number: one, NextUpdate: time.Now()}, authority(t), p256))
	signed := must(asn1.Marshal(struct {
		Kind asn1.ObjectIdentifier
		Data asn1.RawValue
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: []byte{0x30, 0}}}))
	bag := must(asn1.Marshal(struct {
		Version int
		Safe    cryptopkix.AlgorithmIdentifier
	}{3, cryptopkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}}))
	cert := must(base64.StdEncoding.DecodeString(bare(certificate(t, time.Now(), time.Now().Add(time.Hour)))))
	good := pkix(t, &rsaKey.PublicKey)
	for name, c := range map[string]struct{ text, says, command string }{
		"empty":             {"", "empty", ""},
		"only space":        {"\xef\xbb\xbf \n\t\r\n", "empty", ""},
		"UTF-16":            {"\xff\xfe" + string(utf16le(good)), "UTF-16", "iconv"},
		"UTF-16, no mark":   {string(utf16le(good)), "UTF-16", "iconv"},
		"compressed":        {info(curve(prime256), append([]byte{2 + point[64]&1}, point[1:33]...)), "compressed point", "-conv_form uncompressed"},
		"off the curve":     {info(curve(prime256), append([]byte{4}, make([]byte, 64)...)), "not a point of its curve", ""},
		"secp256k1":         {info(curve(secp256k1), point), "secp256k1", ""},
		"another curve":     {info(curve(brainpool), point), "not on P-256", ""},
		"explicit curve":    {info(cryptopkix.AlgorithmIdentifier{Algorithm: ec, Parameters: asn1.RawValue{FullBytes: []byte{0x30, 3, 2, 1, 1}}}, point), "spelled out", "-param_enc named_curve"},
		"P-224":             {pkix(t, &p224.PublicKey), "P-224", ""},
		"Ed448":             {kind(1, 3, 101, 113), "Ed448", ""},
		"X25519":            {kind(1, 3, 101, 110), "X25519", ""},
		"DSA":               {kind(1, 2, 840, 10040, 4, 1), "DSA", ""},
		"ML-DSA":            {kind(2, 16, 840, 1, 101, 3, 4, 3, 18), "ML-DSA-65", ""},
		"unknown kind":      {kind(1, 2, 3), "does not verify tokens", ""},
		"SSH RSA":           {"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ canary@host", "an SSH public key", "ssh-keygen -e -m PKCS8"},
		"SSH Ed25519":       {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA canary@host", "an SSH public key", "openssl pkey -pubin"},
		"SSH with options":  {`command="x" ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY canary`, "an SSH public key", "ssh-keygen -e"},
		"SSH2":              {"---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"canary\"\nAAAAB3NzaC1yc2E\n---- END SSH2 PUBLIC KEY ----\n", "an SSH public key", "ssh-keygen -i"},
		"request":           {block("CERTIFICATE REQUEST", request), "a certificate request", "openssl req"},
		"request, label":    {block("CERTIFICATE", request), "a certificate request", "openssl req"},
		"request, DER":      {string(request), "a certificate request", "openssl req -inform DER"},
		"revocations":       {block("X509 CRL", list), "revoked certificates", ""},
		"revocations, DER":  {string(list), "revoked certificates", ""},
		"PKCS#7":            {block("PKCS7", signed), "PKCS#7", "openssl pkcs7"},
		"PKCS#7, DER":       {string(signed), "PKCS#7", "openssl pkcs7 -inform DER"},
		"PKCS#12":           {string(bag), "PKCS#12", "openssl pkcs12"},
		"PKCS#12, base64":   {base64.StdEncoding.EncodeToString(bag), "PKCS#12", "openssl pkcs12"},
		"OpenPGP":           {"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n", "an OpenPGP key", "gpg --export-ssh-key"},
		"OpenPGP message":   {"-----BEGIN PGP SIGNED MESSAGE-----\n\n" + good, "an OpenPGP message", "gpg"},
		"trusted":           {block("TRUSTED CERTIFICATE", []byte("canary")), "a certificate", "openssl x509"},
		"parameters":        {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", "parameters without a key", "openssl pkey"},
		"unknown label":     {block("THING", []byte("canary")), "has no public key", ""},
		"a key in DER":      {string(must(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey))), "binary DER", "openssl pkey -pubin -inform DER"},
		"PKCS#1 in DER":     {string(x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), "binary DER", "openssl rsa -RSAPublicKey_in -inform DER"},
		"a cert in DER":     {string(cert), "binary DER", "openssl x509 -inform DER"},
		"Java":              {"\xfe\xed\xfe\xed\x00\x00\x00\x02", "Java keystore", "keytool"},
		"binary":            {"\x00\x01canary\xff", "not text", ""},
		"Latin-1":           {"cl\xe9 canary", "not text", ""},
		"XML key":           {"<RSAKeyValue><Modulus>canary</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>", "an RSA key in XML", ""},
		"metadata":          {"<?xml version=\"1.0\"?><x><ds:X509Certificate>canary</ds:X509Certificate></x>", "X509Certificate", ""},
		"XML":               {"<?xml version=\"1.0\"?><canary/>", "XML", ""},
		"HTML":              {"<!DOCTYPE html><html><body>canary</body></html>", "an HTML page", ""},
		"a token":           {"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "a token", ""},
		"a bearer":          {"Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "a token", ""},
		"JSON":              {`{"keys":[]}`, "ParseJWKS", ""},
		"printed":           {"Public-Key: (2048 bit)\nModulus:\n    00:ca:na:ry\n", "what openssl prints", "without -text"},
		"printed, cert":     {"Certificate:\n    Data:\n        Version: 3\n", "what openssl prints", "without -text"},
		"an address":        {"https://idp.example.com/canary\n", "an address", ""},
		"PEM in base64":     {base64.StdEncoding.EncodeToString([]byte(good)), "in base64", "openssl base64 -d"},
		"a vault":           {"$ANSIBLE_VAULT;1.1;AES256\n6361", "an encrypted file", ""},
		"text":              {"canary hunter2", "not a PEM block", ""},
		"a word":            {"Kanarienvogel", "not a PEM block", ""},
		"half":              {good[:100], "cut off", ""},
		"half, no begin":    {good[100:], "not a PEM block", ""},
		"half, DER":         {good[:91] + "\n-----END PUBLIC KEY-----\n", "cut off", ""},
		"other end":         {strings.Replace(good, "END PUBLIC", "END RSA PUBLIC", 1), "cut off", ""},
		"two keys":          {good + pkix(t, &otherRSAKey.PublicKey), "one key per file", ""},
		"two kinds":         {good + pkix(t, edPublic), "one key per file", ""},
		"key and other":     {good + certOf(t, nil, &otherRSAKey.PublicKey), "one key per file", ""},
		"a good one, a cut": {good + good[:100], "cut off", ""},
		"junk":              {block("PUBLIC KEY", []byte("canary")), "cannot be parsed", ""},
		"junk after":        {block("PUBLIC KEY", append(must(x509.MarshalPKIXPublicKey(edPublic)), 0)), "cannot be parsed", ""},
		"too large":         {good + strings.Repeat(" ", 64<<10), "more than 65536 bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := keys.ParsePEM("id", []byte(c.text))
			require.Nil(t, key)
			require.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, c.command)
			assert.ErrorContains(t, err, "keys: ")
			assert.NotErrorIs(t, err, keys.ErrPrivateKey)
			for _, content := range []string{"canary", "Kanarienvogel", "hunter2"} {
				assert.NotContains(t, err.Error(), content)
			}
		})
	}
}
