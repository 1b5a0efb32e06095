package keys_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHalfWrittenFiles cuts off each form of a key after each byte. The old key is kept until the new one is complete.
func TestHalfWrittenFiles(t *testing.T) {
	good, ec := pkix(t, &p256.PublicKey), pkix(t, edPublic)
	root, oneLine := block("CERTIFICATE", authority(t).Raw), strings.ReplaceAll(strings.TrimSpace(bare(good)), "\n", "")
	printed := "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number: 1 (0x1)\n    Signature Algorithm: ecdsa-with-SHA256\n" +
		"        Subject Public Key Info:\n            Public Key Algorithm: id-ecPublicKey\n                Public-Key: (256 bit)\n" +
		"                pub:\n                    04:aa:bb\n    Signature Value:\n        30:45\n"
	cert := certOf(t, nil, &p256.PublicKey)
	for name, text := range map[string]string{
		"PEM":              good,
		"a certificate":    cert,
		"a chain":          cert + root,
		"openssl -text":    printed + cert,
		"openssl, the key": "Public-Key: (256 bit)\npub:\n    04:aa:bb\nASN1 OID: prime256v1\nNIST CURVE: P-256\n" + good,
		"EC PARAMETERS":    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + good,
		"bag attributes":   "Bag Attributes\n    friendlyName: x\nsubject=CN = tokens\n\nissuer=CN = authority\n" + cert,
		"a comment":        "# see https://idp.example.com [note] {a}\n" + good,
		"a sentence":       "REVOKED on 2027-01-01 is the next key\nssh-ed25519 AAAA is not this one\n" + good,
		"a bracket":        "[ 2026 ] the key of the platform\n" + good,
		"a brace":          "{ the key }\r" + strings.ReplaceAll(good, "\n", "\r"),
		"an odd brace":     "{\"a\": 1}\n" + good,
		"HTML before":      "<b>key</b>\n" + good,
		"a variable":       "A=b\nexport KEY=\"" + strings.ReplaceAll(good, "\n", `\n`) + "\"\nC=d\n",
		"YAML":             "kind: Secret\nkey: |\n    " + strings.ReplaceAll(good, "\n", "\n    "),
		"base64":           bare(good),
		"one line":         oneLine,
		"in quotes":        `"` + oneLine + "\"\n",
		"escaped":          strings.NewReplacer("/", `\/`, "+", `\u002B`, "=", `\u003d`).Replace(`"` + strings.ReplaceAll(good, "\n", `\n`) + `"`),
		"mark":             "\xef\xbb\xbf" + good,
		"Latin-1":          "cl\xe9\n" + good,
		"twice":            good + good,
		"text after":       good + "keep -----this\n",
		"JWK":              string(must(json.Marshal(jwkEC(object{"kid": "a"})))),
		"set":              string(must(json.MarshalIndent(object{"keys": []any{jwkOKP(nil), jwkEC(object{"kid": "a"})}}, "", " "))),
		"array":            string(must(json.Marshal([]any{jwkEC(object{"kid": "a"})}))),
		"map":              "\xef\xbb\xbf" + string(must(json.MarshalIndent(object{"a": good, "b": ec}, "", "\t"))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, map[string]string{"z.pub": ec, "a.any": text})
			d, log := opened(t, dir)
			for n := range text {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "a.any"), []byte(text[:n]), 0o600))
				_ = d.Reload()
				found, err := d.Find(t.Context(), "a", "ES256")
				require.NoError(t, err, "after %q: %s", text[:n], log)
				require.True(t, p256.PublicKey.Equal(found[0].Material()))
			}
		})
	}
}

// TestRenewedInOneFile has two certificates of the same key in a file, one of which has expired or is not valid yet.
func TestRenewedInOneFile(t *testing.T) {
	first, second := validFor(t, &rsaKey.PublicKey, 0, time.Hour), validFor(t, &rsaKey.PublicKey, 2*time.Hour, 3*time.Hour)
	for name, text := range map[string]string{
		"in order": first + second, "the other way": second + first, "a chain": second + first + block("CERTIFICATE", authority(t).Raw),
		"a map": string(must(json.Marshal(object{"a": first + second}))),
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"a.crt": text, "b.pub": pkix(t, &p256.PublicKey)})
		clock := &clock{now: year2030}
		d := clock.open(t, dir)
		for at, want := range map[time.Duration][]string{
			-1: {"b"}, 0: {"a", "b"}, time.Hour: {"a", "b"}, time.Hour + 1: {"b"}, 2 * time.Hour: {"a", "b"}, 4 * time.Hour: {"b"},
		} {
			clock.now = year2030.Add(at)
			assert.Equal(t, want, ids(t, d, "a", "b"), "%s at %v", name, at)
		}
	}
}
