package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestAKeyDoesNotChangeWithItsSource writes into a public key after a Key was made of it. A change would be missed by everything that
// knows the Key by its fingerprint.
func TestAKeyDoesNotChangeWithItsSource(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	edKey, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		source crypto.PublicKey
		change func()
	}{
		"RSA":           {&rsaKey.PublicKey, func() { rsaKey.E = 3 }},
		"RSA, in place": {&rsa.PublicKey{N: rsaKey.N, E: rsaKey.E}, func() { rsaKey.N.Add(rsaKey.N, big.NewInt(2)) }},
		"ECDSA":         {&ecKey.PublicKey, func() { ecKey.PublicKey = otherKey.PublicKey }},
		"Ed25519":       {edKey, func() { edKey[0] ^= 1 }},
	} {
		key, err := keys.Public("a", c.source)
		require.NoError(t, err, name)
		same, err := keys.Public("a", c.source)
		require.NoError(t, err, name)
		before := fingerprintOf(t, key)
		c.change()
		equal := key.Material().(interface{ Equal(crypto.PublicKey) bool }).Equal
		assert.True(t, equal(same.Material()), name)
		assert.False(t, equal(c.source), name)
		assert.Equal(t, before, fingerprintOf(t, key), name)
	}
}
