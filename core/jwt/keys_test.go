package jwt_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// brokenStore is a store whose keys are not available.
type brokenStore struct{ keys.Store }

func (brokenStore) Find(context.Context, string, string) ([]*keys.Key, error) {
	return nil, keys.ErrUnavailable
}

func (brokenStore) Generation() uint64 { return 0 }

func TestKeysCannotBeHad(t *testing.T) {
	v, err := jwt.NewVerifier(brokenStore{}, jwt.Microkubes(name))
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), issuer.Microkubes(nil))
	assert.Equal(t, "keys_unavailable", reasonOf(t, err))
	assert.Equal(t, []any{503, "temporarily unavailable"}, answerOf(t, err))
	assert.ErrorIs(t, err, keys.ErrUnavailable)
}

// TestManyKeys has a token without a kid, which any key of its algorithm may verify.
func TestManyKeys(t *testing.T) {
	claims := coretest.Claims{"iss": name, "sub": "ann", "exp": time.Now().Add(time.Minute).Unix()}
	for n, want := range map[int]string{31: "", 32: "too_many_keys"} {
		all := make([]*keys.Key, 0, n+1)
		for i := range n {
			public, _, err := ed25519.GenerateKey(rand.Reader)
			require.NoError(t, err)
			key, err := keys.Public(strconv.Itoa(i), public)
			require.NoError(t, err)
			all = append(all, key)
		}
		signer := coretest.NewIssuerFor(name, "EdDSA")
		last, err := keys.Public("last", signer.PublicKey())
		require.NoError(t, err)
		store, err := keys.Static(append(all, last)...)
		require.NoError(t, err)
		v, err := jwt.NewVerifier(store, jwt.Config{Issuers: []string{name}, AnyAudience: true})
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), signer.Sign(map[string]any{"alg": "EdDSA"}, claims))
		assert.Equal(t, want, reasonOf(t, err), "%d other keys", n)
		_, err = v.Verify(t.Context(), signer.Sign(map[string]any{"alg": "EdDSA", "kid": "last"}, claims))
		assert.NoError(t, err, "with a kid the number of keys does not matter")
	}
}

func TestSecrets(t *testing.T) {
	key, err := keys.Secret("s", "HS256", []byte(strings.Repeat("k", 32)))
	require.NoError(t, err)
	public, err := keys.Public("default", issuer.PublicKey())
	require.NoError(t, err)
	store, err := keys.Static(key, public)
	require.NoError(t, err)
	v, err := jwt.NewVerifier(store, jwt.Config{AnyIssuer: true, AnyAudience: true})
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), issuer.Sign(map[string]any{"alg": "HS256", "kid": "default"}, coretest.Claims{}))
	assert.Equal(t, "no_fitting_key", reasonOf(t, err), "a public key is not a secret")
	_, err = v.Verify(t.Context(), issuer.Sign(map[string]any{"alg": "RS256", "kid": "s"}, coretest.Claims{}))
	assert.Equal(t, "no_fitting_key", reasonOf(t, err), "a secret is not a public key")
	_, err = v.Verify(t.Context(), issuer.Microkubes(nil))
	assert.NoError(t, err)
}
