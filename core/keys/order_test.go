package keys_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

// TestKeysChangeBeforeTheirGeneration checks that a removed key is never found under the new generation. A verifier caches a
// token under the generation that it read before it found the key. If that were the new one, tokens of the removed key would stay
// good until they expire.
func TestKeysChangeBeforeTheirGeneration(t *testing.T) {
	var pair [2]*keys.Key
	for i, issuer := range []string{"a", "b"} {
		signer := coretest.NewIssuerFor(issuer, "ES256")
		signer.KeyID = issuer
		found, err := signer.Keys().Find(t.Context(), signer.KeyID, "ES256")
		require.NoError(t, err)
		pair[i] = found[0]
	}
	require.NotEqual(t, pair[0].ID(), pair[1].ID())
	d := new(keys.Directory)
	d.Swap(pair[0])
	done, swaps := make(chan struct{}), 100_000
	if raceEnabled { // which makes it ten times slower
		swaps = 30_000
	}
	go func() {
		defer close(done)
		for i := range swaps {
			d.Swap(pair[i&1])
		}
	}()
	there := func(k *keys.Key) bool {
		_, err := d.Find(t.Context(), k.ID(), "ES256")
		return err == nil
	}
	for looks := 0; ; looks++ {
		select {
		case <-done:
			t.Log(looks, "looks")
			return
		default:
		}
		before := d.Generation() // odd generations have one key, even generations the other
		gone := pair[before&1]
		if there(gone) && !there(gone) && d.Generation() == before {
			t.Fatal("a key that was gone was found under the next generation")
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	issuer := coretest.NewIssuerFor("a", "ES256")
	store := issuer.Keys()
	for _, kid := range []string{issuer.KeyID, ""} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = store.Find(t.Context(), kid, "ES256") }), kid)
	}
}
