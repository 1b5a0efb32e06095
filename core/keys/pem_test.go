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

// bare returns the base64 of a block, with its line breaks.
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

// pssKey returns a key of the kind id-RSASSA-PSS.
func pssKey(t testing.TB, key *rsa.PublicKey, params []byte) string {
	t.Helper()
	algorithm := cryptopkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}}
	if params != nil {
		algorithm.Parameters = asn1.RawValue{FullBytes: params}
	}
	return info(algorithm, x509.MarshalPKCS1PublicKey(key))
}

// info returns a SubjectPublicKeyInfo of any kind.
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
		"Latin-1 before":             "friendlyName: cl\xe9\n" + good,
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

// TestPSSKeys checks that such keys are only for PS algorithms, in each form.
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
