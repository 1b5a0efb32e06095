package token_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestForgedTokensCostNoDigest has a token that is remembered, and tokens that differ from it in one character of each segment.
func TestForgedTokensCostNoDigest(t *testing.T) {
	token.ForgetSignatures()
	issuer := edIssuer()
	p := jwt.New(newChangeable(t, keyOf(t, "default", issuer)), config(clockAtLater))
	text := issuer.Microkubes(nil)
	assert.False(t, token.Digested(t.Context(), p, text), "the memory is empty")
	reason, _ := remember(p).ask(t, text)
	require.Empty(t, reason)
	assert.True(t, token.Digested(t.Context(), p, text))
	first, second := strings.IndexByte(text, '.'), strings.LastIndexByte(text, '.')
	for _, at := range []int{first + 20, second - 20, second + 20, len(text) - 20} {
		other := "A"
		if text[at] == 'A' {
			other = "B"
		}
		assert.False(t, token.Digested(t.Context(), p, text[:at]+other+text[at+1:]), "character %d", at)
	}
}

// TestManyVerifiersOfOneToken has a verifier for each route of a large service. All of them remember the same token.
func TestManyVerifiersOfOneToken(t *testing.T) {
	token.ForgetSignatures()
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	text := issuer.Microkubes(nil)
	all := make([]*remembering, 200)
	for i := range all {
		all[i] = remember(jwt.New(store, config(clockAtLater)))
		_, verified := all[i].ask(t, text)
		assert.EqualValues(t, 1, verified, "what others have verified does not count")
	}
	for i := range all {
		reason, verified := all[i].ask(t, text)
		assert.Empty(t, reason)
		assert.Zero(t, verified, "verifier %d", i)
	}
}
