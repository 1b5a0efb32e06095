package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/keyid"
	"github.com/microkubes/microkubes-go/core/keys"
)

func fingerprintOf(t *testing.T, key *keys.Key) keyid.Fingerprint {
	t.Helper()
	f, ok := keyid.Of(key)
	require.True(t, ok)
	return f
}

func public(t *testing.T, id string, public any, algorithms ...string) *keys.Key {
	t.Helper()
	key, err := keys.Public(id, public, algorithms...)
	require.NoError(t, err)
	return key
}

// TestFingerprints has keys that verify the same tokens, and others that do not.
func TestFingerprints(t *testing.T) {
	one, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	two, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key := public(t, "a", &one.PublicKey)
	assert.Equal(t, fingerprintOf(t, key), fingerprintOf(t, public(t, "a", &one.PublicKey)), "made again")
	assert.Equal(t, fingerprintOf(t, public(t, "a", &one.PublicKey, "RS256", "PS512")),
		fingerprintOf(t, public(t, "a", &one.PublicKey, "PS512", "RS256")), "in another order")
	seen := map[keyid.Fingerprint]string{fingerprintOf(t, key): "the key"}
	for name, other := range map[string]*keys.Key{
		"another id":          public(t, "b", &one.PublicKey),
		"no id":               public(t, "", &one.PublicKey),
		"an algorithm as id":  public(t, "aRS256", &one.PublicKey, "RS384"),
		"for one algorithm":   public(t, "a", &one.PublicKey, "RS256"),
		"for another":         public(t, "a", &one.PublicKey, "RS384"),
		"for both":            public(t, "a", &one.PublicKey, "RS256", "RS384"),
		"another key":         public(t, "a", &two.PublicKey),
		"another key for one": public(t, "a", &two.PublicKey, "RS256"),
	} {
		f := fingerprintOf(t, other)
		assert.Empty(t, seen[f], name)
		seen[f] = name
	}
}

func TestSecretsHaveNoFingerprint(t *testing.T) {
	secret, err := keys.Secret("s", "HS256", []byte(strings.Repeat("s", 32)))
	require.NoError(t, err)
	for name, key := range map[string]any{
		"a secret": secret, "the zero Key": &keys.Key{}, "a nil Key": (*keys.Key)(nil), "nil": nil, "not a key": "a",
	} {
		_, ok := keyid.Of(key)
		assert.False(t, ok, name)
	}
}

// TestFingerprintsOfFoundKeys reads keys from files. The id may be the name of the file, and a file may restrict a key of another
// one, or be in conflict with it.
func TestFingerprintsOfFoundKeys(t *testing.T) {
	one, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	two, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	jwk := func(key *rsa.PrivateKey, more string) string {
		return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"%s}`, base64.RawURLEncoding.EncodeToString(key.N.Bytes()), more)
	}
	der, err := x509.MarshalPKIXPublicKey(&one.PublicKey)
	require.NoError(t, err)
	asPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	curveDER, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	require.NoError(t, err)
	whole := fingerprintOf(t, public(t, "default", &one.PublicKey))
	restricted := fingerprintOf(t, public(t, "default", &one.PublicKey, "RS512"))
	for name, c := range map[string]struct {
		files     map[string]string
		algorithm string
		want      keyid.Fingerprint
	}{
		"PEM":                     {map[string]string{"default.pub": asPEM}, "RS512", whole},
		"a JWK without an id":     {map[string]string{"default.json": jwk(one, "")}, "RS512", whole},
		"a JWK with an id":        {map[string]string{"x.json": jwk(one, `,"kid":"default"`)}, "RS512", whole},
		"a JWK set":               {map[string]string{"x.json": `{"keys":[` + jwk(one, `,"kid":"default"`) + `]}`}, "RS512", whole},
		"among others":            {map[string]string{"default.pub": asPEM, "more.json": jwk(two, "")}, "RS512", whole},
		"its id for another kind": {map[string]string{"default.pub": asPEM, "default.txt": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: curveDER}))}, "RS512", whole},
		"restricted":              {map[string]string{"default.json": jwk(one, `,"alg":"RS512"`)}, "RS512", restricted},
		"restricted elsewhere":    {map[string]string{"default.pub": asPEM, "x.json": jwk(one, `,"kid":"default","alg":"RS512"`)}, "RS512", restricted},
		"another key for RS256": {map[string]string{"default.pub": asPEM, "x.json": jwk(two, `,"kid":"default","alg":"RS256"`)}, "RS512",
			fingerprintOf(t, public(t, "default", &one.PublicKey, "RS384", "RS512", "PS256", "PS384", "PS512"))},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range c.files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600))
			}
			store, err := keys.Dir(dir)
			require.NoError(t, err)
			defer func() { _ = store.Close() }()
			for range 2 {
				found, err := store.Find(t.Context(), "default", c.algorithm)
				require.NoError(t, err)
				assert.Equal(t, c.want, fingerprintOf(t, found[0]))
				require.NoError(t, os.WriteFile(filepath.Join(dir, "added.json"), []byte(jwk(two, "")), 0o600))
				require.NoError(t, store.Reload())
			}
		})
	}
}
