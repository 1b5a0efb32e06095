package coretest_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// TestAnnounceRotateRetire follows keys from their announcement to their end: in the set, in the store and in the directory.
func TestAnnounceRotateRetire(t *testing.T) {
	issuer := coretest.NewIssuerFor("issuer", "ES256")
	dir := t.TempDir()
	step := func(name string, change func(), signs string, published ...string) {
		change()
		inSet, skipped, err := keys.ParseJWKS(issuer.JWKS())
		require.NoError(t, err)
		require.Empty(t, skipped)
		set, err := keys.Static(inSet...)
		require.NoError(t, err)
		assert.ElementsMatch(t, published, idsIn(set), name)
		require.NoError(t, issuer.WriteKeys(dir))
		store, err := keys.Dir(dir)
		require.NoError(t, err)
		defer store.Close()
		assert.ElementsMatch(t, published, idsIn(store), name)
		assert.ElementsMatch(t, published, idsIn(issuer.Keys()), name)
		assert.Equal(t, signs, issuer.KeyID, name)
		verifier, err := oauth2.NewVerifier(store, oauth2.AccessTokens(issuer.Name, "api"))
		require.NoError(t, err)
		_, err = verifier.Verify(t.Context(), issuer.AccessToken("api", nil))
		assert.NoError(t, err, name)
	}
	step("start", func() {}, "default", "default")
	step("nothing to retire", issuer.Retire, "default", "default")
	step("announce", issuer.Announce, "default", "default", "rotated-1")
	step("announce again", issuer.Announce, "default", "default", "rotated-1")
	step("rotate", issuer.Rotate, "rotated-1", "rotated-1", "default")
	step("retire", issuer.Retire, "rotated-1", "rotated-1")
	step("rotate unannounced", issuer.Rotate, "rotated-2", "rotated-2", "rotated-1")
	step("announce before retire", issuer.Announce, "rotated-2", "rotated-2", "rotated-1", "rotated-3")
	step("rotate once more", issuer.Rotate, "rotated-3", "rotated-3", "rotated-2")
}

func idsIn(store keys.Store) (found []string) {
	for _, id := range []string{"default", "rotated-1", "rotated-2", "rotated-3", "rotated-4"} {
		if list, err := store.Find(context.Background(), id, "ES256"); err == nil && len(list) > 0 {
			found = append(found, id)
		}
	}
	return found
}

// TestJWKS verifies a token of each algorithm with the set.
func TestJWKS(t *testing.T) {
	for algorithm, kty := range map[string]string{
		"RS256": "RSA", "PS384": "RSA", "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP",
	} {
		t.Run(algorithm, func(t *testing.T) {
			issuer := coretest.NewIssuerFor("issuer", algorithm)
			var set struct {
				Keys []struct{ Kid, Kty, Use, Alg string }
			}
			require.NoError(t, json.Unmarshal(issuer.JWKS(), &set))
			assert.Equal(t, []struct{ Kid, Kty, Use, Alg string }{{"default", kty, "sig", algorithm}}, set.Keys)

			found, skipped, err := keys.ParseJWKS(issuer.JWKS())
			require.NoError(t, err)
			require.Empty(t, skipped)
			store, err := keys.Static(found...)
			require.NoError(t, err)
			config := oauth2.AccessTokens(issuer.Name, "api")
			config.Algorithms = []string{algorithm}
			verifier, err := oauth2.NewVerifier(store, config)
			require.NoError(t, err)
			_, err = verifier.Verify(t.Context(), issuer.AccessToken("api", nil))
			assert.NoError(t, err)
		})
	}
}

// TestIssuerConcurrently rotates keys while tokens are minted. Each token has the kid of the key that has signed it.
func TestIssuerConcurrently(t *testing.T) {
	issuer := coretest.NewIssuerFor("issuer", "EdDSA")
	tokens := make(chan string, 800)
	var minting sync.WaitGroup
	for range 4 {
		minting.Go(func() {
			for range cap(tokens) / 4 {
				tokens <- issuer.AccessToken("api", nil)
			}
		})
	}
	all := map[string]*keys.Key{}
	for range 200 {
		found, _, err := keys.ParseJWKS(issuer.JWKS())
		require.NoError(t, err)
		for _, key := range found {
			all[key.ID()] = key
		}
		issuer.Announce()
		issuer.Rotate()
	}
	minting.Wait()
	close(tokens)
	found, _, err := keys.ParseJWKS(issuer.JWKS())
	require.NoError(t, err)
	for _, key := range found {
		all[key.ID()] = key
	}
	store, err := keys.Static(slices.Collect(maps.Values(all))...)
	require.NoError(t, err)
	config := oauth2.AccessTokens("issuer", "api")
	config.Algorithms = []string{"EdDSA"}
	verifier, err := oauth2.NewVerifier(store, config)
	require.NoError(t, err)
	for token := range tokens {
		_, err := verifier.Verify(t.Context(), token)
		require.NoError(t, err)
	}
}

// TestCopy gives the keys of an issuer to one of another name, as programs do whose issuers share a key.
func TestCopy(t *testing.T) {
	issuer := coretest.NewIssuerFor("issuer", "ES256")
	server := *issuer
	server.Name = "server"
	assert.Equal(t, issuer.JWKS(), server.JWKS())
	server.Rotate()
	assert.Equal(t, []string{"default"}, idsIn(issuer.Keys()))
	assert.Equal(t, []string{"default", "rotated-1"}, idsIn(server.Keys()))
	verifier, err := oauth2.NewVerifier(server.Keys(), oauth2.AccessTokens("server", "api"))
	require.NoError(t, err)
	_, err = verifier.Verify(t.Context(), server.AccessToken("api", nil))
	assert.NoError(t, err)
}
