package jwt_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

func TestRevoked(t *testing.T) {
	for _, c := range []struct {
		revoked bool
		err     error
		reason  string
	}{{false, nil, ""}, {true, nil, "revoked"}, {false, errors.New("canary"), "revocation_unchecked"}} {
		v := verifier(t, func(config *jwt.Config) {
			config.Revoked = func(_ context.Context, auth *core.Auth) (bool, error) {
				assert.NotEmpty(t, auth.TokenID())
				return c.revoked, c.err
			}
		})
		_, err := v.Verify(t.Context(), issuer.Microkubes(nil))
		assert.Equal(t, c.reason, reasonOf(t, err))
		if c.err != nil {
			assert.Equal(t, []any{503, "temporarily unavailable"}, answerOf(t, err))
			assert.ErrorIs(t, err, c.err)
		}
	}
}

// TestPayloadThatCannotBeRead has good signatures over payloads that are not base64url.
func TestPayloadThatCannotBeRead(t *testing.T) {
	secret := []byte(strings.Repeat("k", 32))
	key, err := keys.Secret("s", "HS256", secret)
	require.NoError(t, err)
	store, err := keys.Static(key)
	require.NoError(t, err)
	v, err := jwt.NewVerifier(store, jwt.Config{AnyIssuer: true, AnyAudience: true})
	require.NoError(t, err)
	for _, payload := range []string{"e30=", "e3\n0", "e31", "e", "e3+/"} {
		signed := encode(`{"alg":"HS256","kid":"s"}`) + "." + payload
		signature, err := golangjwt.SigningMethodHS256.Sign(signed, secret)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), signed+"."+encode(string(signature)))
		assert.Equal(t, "malformed_token", reasonOf(t, err), "%q", payload)
	}
}
