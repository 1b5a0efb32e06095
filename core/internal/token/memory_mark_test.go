package token_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
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

// TestLongTokensThatEndAlike has a token that is remembered, and longer than the end that a mark is made of. Tokens that differ from it
// before that end are looked for in the same place, and cost a digest. They are refused like any other.
func TestLongTokensThatEndAlike(t *testing.T) {
	issuer := edIssuer()
	c := config(clockAtLater)
	c.CacheSize = -1
	store := newChangeable(t, keyOf(t, "default", issuer))
	p, fresh := jwt.New(store, config(clockAtLater)), remember(jwt.New(store, c))
	r := remember(p)
	text := issuer.AccessToken("a", coretest.Claims{"roles": strings.Repeat("r", 3000)})
	reason, _ := r.ask(t, text)
	require.Empty(t, reason)
	end := text[len(text)-1024:]
	header, other, _ := strings.Cut(text, ".")
	for name, forged := range map[string]string{
		"a longer payload":  header + "." + "AAAA" + other,
		"a shorter payload": header + "." + other[4:],
		"a longer header":   header[:20] + "AAAA" + header[20:] + "." + other,
		"only the end":      end,
		"a header and it":   header + "." + end,
		"another header":    strings.Replace(text, header[:10], header[1:11], 1),
	} {
		require.True(t, strings.HasSuffix(forged, end), name)
		want, _ := fresh.ask(t, forged)
		got, _ := r.ask(t, forged)
		assert.NotEmpty(t, got, name)
		assert.Equal(t, want, got, name)
	}
	for at := range len(text) - 1024 {
		other := "A"
		if text[at] == 'A' {
			other = "B"
		}
		if reason, _ := r.ask(t, text[:at]+other+text[at+1:]); reason == "" {
			t.Fatalf("character %d differs, and the token passes", at)
		}
	}
	reason, verified := r.ask(t, text)
	assert.Empty(t, reason)
	assert.Zero(t, verified, "it is remembered all the time")
	assert.True(t, token.Digested(t.Context(), p, text[:1000]+"AAAA"+text[1004:]), "its end is that of the token")
}

// TestDigestsAreOfOneVerifier compares what is remembered of one token and one key by two verifiers, apart from the mark, which is
// too short for that.
func TestDigestsAreOfOneVerifier(t *testing.T) {
	issuer := edIssuer()
	key := keyOf(t, "default", issuer)
	store, text := newChangeable(t, key), issuer.AccessToken("a", nil)
	p, other := jwt.New(store, config(clockAtLater)), jwt.New(store, config(clockAtLater))
	assert.Equal(t, token.SumOf(p, text, key), token.SumOf(p, text, key))
	assert.NotEqual(t, token.SumOf(p, text, key), token.SumOf(other, text, key))
	assert.NotEqual(t, token.SumOf(p, text, key), token.SumOf(p, issuer.AccessToken("b", nil), key))
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
