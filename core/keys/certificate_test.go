package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	cryptopkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

var (
	testRand = rand.Reader
	one      = big.NewInt(1)
	weakRSA  = must(rsa.GenerateKey(rand.Reader, 1024))
	p224     = must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
)

// authority is the certificate of an authority with the key p256.
func authority(t testing.TB) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: one, Subject: cryptopkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(testRand, template, template, &p256.PublicKey, p256))))
}

// certOf returns a certificate for a key, signed by the authority.
func certOf(t testing.TB, change func(*x509.Certificate), key crypto.PublicKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: one, Subject: cryptopkix.Name{CommonName: "tokens"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	if change != nil {
		change(template)
	}
	return block("CERTIFICATE", must(x509.CreateCertificate(testRand, template, authority(t), key, p256)))
}

func TestCertificateUsage(t *testing.T) {
	const signature, sign, crl = x509.KeyUsageDigitalSignature, x509.KeyUsageCertSign, x509.KeyUsageCRLSign
	empty := cryptopkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: []byte{3, 1, 0}}
	usage := func(u x509.KeyUsage) func(*x509.Certificate) { return func(c *x509.Certificate) { c.KeyUsage = u } }
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		says   string
	}{
		"absent":                   {nil, ""},
		"digitalSignature":         {usage(signature), ""},
		"and keyEncipherment":      {usage(signature | x509.KeyUsageKeyEncipherment), ""},
		"and nonRepudiation":       {usage(signature | x509.KeyUsageContentCommitment), ""},
		"and cRLSign":              {usage(signature | crl), ""},
		"keyEncipherment":          {usage(x509.KeyUsageKeyEncipherment), "no digitalSignature"},
		"keyAgreement":             {usage(x509.KeyUsageKeyAgreement), "no digitalSignature"},
		"nonRepudiation":           {usage(x509.KeyUsageContentCommitment), "no digitalSignature"},
		"cRLSign":                  {usage(crl), "no digitalSignature"},
		"keyCertSign":              {usage(sign), "keyCertSign"},
		"cert-manager's authority": {usage(signature | x509.KeyUsageKeyEncipherment | sign), "keyCertSign"},
		"empty":                    {func(c *x509.Certificate) { c.ExtraExtensions = []cryptopkix.Extension{empty} }, "no digitalSignature"},
		"authority without usage":  {func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, ""},
		"for TLS": {func(c *x509.Certificate) {
			c.KeyUsage, c.ExtKeyUsage = signature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		}, ""},
		"1024 bits": {nil, "1024 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			key := &rsaKey.PublicKey
			if name == "1024 bits" {
				key = &weakRSA.PublicKey
			}
			text := certOf(t, c.change, key)
			for _, text := range []string{text, bare(text), labelled("PUBLIC KEY", text), text + pkix(t, key)} {
				found, err := keys.ParsePEM("id", []byte(text))
				if c.says != "" {
					assert.Nil(t, found)
					assert.ErrorContains(t, err, c.says)
					if c.says == "keyCertSign" { // the certificate may be the issuer's own
						assert.ErrorContains(t, err, "JWK Set")
						assert.ErrorContains(t, err, "openssl x509 -in FILE -pubkey -noout -out name.pub")
					}
					continue
				}
				require.NoError(t, err)
				assert.True(t, key.Equal(found.Material()))
			}
		})
	}
}

func TestCertificateChains(t *testing.T) {
	root := block("CERTIFICATE", authority(t).Raw)
	leaf, other := certOf(t, nil, &rsaKey.PublicKey), certOf(t, nil, &otherRSAKey.PublicKey)
	middleTemplate := &x509.Certificate{SerialNumber: one, Subject: cryptopkix.Name{CommonName: "middle"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	middle := must(x509.CreateCertificate(testRand, middleTemplate, authority(t), &p384.PublicKey, p256))
	leafTemplate := &x509.Certificate{SerialNumber: one, Subject: cryptopkix.Name{CommonName: "tokens"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	low := block("CERTIFICATE", must(x509.CreateCertificate(testRand, leafTemplate, must(x509.ParseCertificate(middle)), &rsaKey.PublicKey, p384)))
	selfSigned := func(key *ecdsa.PrivateKey) string { // as `openssl req -x509` makes them: an authority without a usage
		template := &x509.Certificate{SerialNumber: one, Subject: cryptopkix.Name{CommonName: "tokens"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		return block("CERTIFICATE", must(x509.CreateCertificate(testRand, template, template, &key.PublicKey, key)))
	}
	mid := block("CERTIFICATE", middle)
	for name, c := range map[string]struct{ text, says string }{
		"leaf":                {leaf, ""},
		"leaf, root":          {leaf + root, ""},
		"leaf, middle, root":  {low + mid + root, ""},
		"leaf, root, middle":  {low + root + mid, ""},
		"leaf, middle":        {low + mid, ""},
		"leaf twice":          {leaf + leaf, ""},
		"with attributes":     {"subject=CN = tokens\n" + leaf + "subject=CN = authority\n" + root, ""},
		"root first":          {root + leaf, "keyCertSign"},
		"middle first":        {mid + low + root, "keyCertSign"},
		"two leaves":          {leaf + other, "one key per file"},
		"two leaves, root":    {leaf + other + root, "one key per file"},
		"another root":        {leaf + mid, "one key per file"},
		"two self-signed":     {selfSigned(p256) + selfSigned(otherP256), "one key per file"},
		"leaf, another key":   {leaf + pkix(t, edPublic), "one key per file"},
		"leaf, a cut root":    {leaf + root[:300], "cut off"},
		"leaf, a request":     {leaf + block("CERTIFICATE REQUEST", []byte("x")), "a certificate request"},
		"leaf, a private key": {leaf + root + block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p256))), "private key"},
		"self-signed":         {selfSigned(p256), ""},
	} {
		key, err := keys.ParsePEM("id", []byte(c.text))
		if c.says != "" {
			assert.ErrorContains(t, err, c.says, name)
			assert.Nil(t, key, name)
			continue
		}
		if assert.NoError(t, err, name) && name != "self-signed" {
			assert.True(t, rsaKey.PublicKey.Equal(key.Material()), name)
		}
	}
}

// TestCertificatesOfUnusedKeys checks that the error names the kind of the key, although crypto/x509 cannot parse it.
func TestCertificatesOfUnusedKeys(t *testing.T) {
	raw := must(base64.StdEncoding.DecodeString(strings.ReplaceAll(bare(certOf(t, nil, &p256.PublicKey)), "\n", "")))
	point := must(p256.PublicKey.Bytes())
	curve := must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}))
	for says, change := range map[string][2][]byte{
		"not on P-256":               {curve, append([]byte{6, 8}, "+$\x03\x03\x02\x08\x01\x01"...)}, // of the same length
		"compressed or hybrid point": {point, append([]byte{2}, point[1:]...)},
		"not a point on its curve":   {point, append(point[:64:64], point[64]^1)},
	} {
		changed := bytes.Replace(raw, change[0], change[1], 1)
		require.NotEqual(t, raw, changed)
		_, err := keys.ParsePEM("id", []byte(block("CERTIFICATE", changed)))
		assert.ErrorContains(t, err, says)
	}
}
