package keys_test

import (
	"crypto/x509"
	cryptopkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestParsePEMIsStrict parses what is found in place of keys. Each error names it and the command that gets a key from it, and
// quotes nothing.
func TestParsePEMIsStrict(t *testing.T) {
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
		"compressed":        {info(curve(prime256), append([]byte{2 + point[64]&1}, point[1:33]...)), "compressed or hybrid point", "-conv_form uncompressed"},
		"hybrid":            {info(curve(prime256), append([]byte{6 + point[64]&1}, point[1:]...)), "compressed or hybrid point", "-conv_form uncompressed"},
		"off the curve":     {info(curve(prime256), append([]byte{4}, make([]byte, 64)...)), "not a point on its curve", ""},
		"secp256k1":         {info(curve(secp256k1), point), "secp256k1", ""},
		"another curve":     {info(curve(brainpool), point), "not on P-256", ""},
		"explicit curve":    {info(cryptopkix.AlgorithmIdentifier{Algorithm: ec, Parameters: asn1.RawValue{FullBytes: []byte{0x30, 3, 2, 1, 1}}}, point), "explicit curve parameters", "-param_enc named_curve"},
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
		"revocations":       {block("X509 CRL", list), "certificate revocation list", ""},
		"revocations, DER":  {string(list), "certificate revocation list", ""},
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
		"an archive":        {"key.pub\x00\x00" + good, "not text", ""},
		"Latin-1":           {"cl\xe9 canary", "not text", ""},
		"XML key":           {"<RSAKeyValue><Modulus>canary</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>", "an RSA key in XML", ""},
		"metadata":          {"<?xml version=\"1.0\"?><x><ds:X509Certificate>canary</ds:X509Certificate></x>", "X509Certificate", ""},
		"XML":               {"<?xml version=\"1.0\"?><canary/>", "XML", ""},
		"HTML":              {"<!DOCTYPE html><html><body>canary</body></html>", "an HTML page", ""},
		"a token":           {"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "a token", ""},
		"a bearer":          {"Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "a token", ""},
		"JSON":              {`{"keys":[]}`, "ParseJWKS", ""},
		"printed":           {"Public-Key: (2048 bit)\nModulus:\n    00:ca:na:ry\n", "a description of a key by openssl or keytool", "without -text"},
		"printed, cert":     {"Certificate:\n    Data:\n        Version: 3\n", "a description of a key by openssl or keytool", "without -text"},
		"an address":        {"https://idp.example.com/canary\n", "a URL", ""},
		"PEM in base64":     {base64.StdEncoding.EncodeToString([]byte(good)), "in base64", "openssl base64 -d"},
		"a vault":           {"$ANSIBLE_VAULT;1.1;AES256\n6361", "an encrypted file", ""},
		"text":              {"canary hunter2", "not a PEM block", "-----BEGIN PUBLIC KEY-----"},
		"a word":            {"Kanarienvogel", "not a PEM block", ""},
		"half":              {good[:100], "cut off", ""},
		"half, no begin":    {good[100:], "cut off", ""},
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
