package keys_test

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestReadAndNotUsableAnyMore has files that are read and no longer have a usable key. The next poll removes their keys, whether
// or not another key is left, and no later fault brings them back.
func TestReadAndNotUsableAnyMore(t *testing.T) {
	for name, text := range map[string]string{
		"private":          block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey))),
		"private and more": block("PRIVATE KEY", []byte("x")) + pkix(t, &rsaKey.PublicKey),
		"weak":             pkix(t, &weakRSA.PublicKey),
		"P-224":            pkix(t, &p224.PublicKey),
		"encryption":       string(must(json.Marshal(jwkRSA(object{"kid": "a", "use": "enc"})))),
		"key_ops":          string(must(json.Marshal(jwkRSA(object{"kid": "a", "key_ops": []string{"encrypt"}})))),
		"private JWK":      string(must(json.Marshal(jwkRSA(object{"kid": "a", "d": "AQAB"})))),
		"wrong usage":      certOf(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, &rsaKey.PublicKey),
		"authority":        certOf(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }, &rsaKey.PublicKey),
		"expired":          certificate(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)),
		"not valid yet":    certificate(t, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)),
		"two keys":         pkix(t, &rsaKey.PublicKey) + pkix(t, &otherRSAKey.PublicKey),
		"empty set":        `{"keys":[]}`,
		"empty object":     `{}`,
		"empty array":      `[]`,
		"null":             `null`,
		"a null id":        `{"a":null}`,
		"null keys":        `{"keys":null}`,
		"keys twice":       `{"keys":[],"keys":[]}`,
		"JSON of an error": `{"error":"not found"}`,
		"a JSON string":    `"x"`,
		"a JSON number":    "12",
		"an array of text": `["x"]`,
		"a deep array":     strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"discovery":        `{"issuer":"https://idp","jwks_uri":"https://idp/keys"}`,
		"a word":           "REVOKED\n",
		"a sentence":       "this key was withdrawn on 2026-11-27, see the ticket\n",
		"a comment":        "# nothing here\n",
		"a cut private":    `{"kty":"RSA","kid":"a","d":"AQAB`,
		"a cut set":        `{"keys":[{"kty":"RSA","d":"AQAB"},{"kty":`,
		"a cut map":        `{"a":"-----BEGIN PRIVATE KEY-----\nMII`,
		"private, twice":   `{"keys":[{"kty":"RSA","d":"AQAB"}],"keys":[]}`,
		"Ed25519 printed":  "ED25519 Private-Key:\npriv:\n    aa:bb:cc\n",
		"a request":        block("CERTIFICATE REQUEST", []byte("x")),
		"an SSH key":       "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ user@host",
	} {
		t.Run(name, func(t *testing.T) {
			for _, other := range []string{"", pkix(t, &p256.PublicKey)} {
				dir := filepath.Join(t.TempDir(), "keys")
				write(t, dir, map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey)})
				if other != "" {
					write(t, dir, map[string]string{"b.pub": other})
				}
				d, log := opened(t, dir)
				generation := d.Generation()
				write(t, dir, map[string]string{"a.pub": text})
				err := d.Reload()
				_, missing := d.Find(t.Context(), "a", "RS256")
				assert.Greater(t, d.Generation(), generation)
				if other == "" {
					assert.ErrorContains(t, err, "no usable key")
					assert.ErrorIs(t, missing, keys.ErrUnavailable)
				} else {
					assert.NoError(t, err)
					assert.ErrorIs(t, missing, keys.ErrUnknownKey)
				}
				for _, fault := range []func() error{
					func() error { return os.WriteFile(filepath.Join(dir, "a.pub"), nil, 0o600) }, func() error { return os.RemoveAll(dir) },
				} {
					require.NoError(t, fault())
					_ = d.Reload()
					assert.Empty(t, ids(t, d, "a"))
				}
				assert.NotContains(t, log.String(), "MII")
			}
		})
	}
}

// TestARemovalBesideAnUnusableFile leaves no key, since the directory was read.
func TestARemovalBesideAnUnusableFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey), "b.pub": pkix(t, &p256.PublicKey)})
	d, _ := opened(t, dir)
	require.NoError(t, os.Remove(filepath.Join(dir, "a.pub")))
	write(t, dir, map[string]string{"b.pub": pkix(t, &weakRSA.PublicKey)})
	require.Error(t, d.Reload())
	assert.Empty(t, ids(t, d, "a", "b"))
	_, err := d.Find(t.Context(), "a", "RS256")
	assert.ErrorIs(t, err, keys.ErrUnavailable)
}
