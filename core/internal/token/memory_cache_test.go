package token_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestARecalledTokenGetsAPlaceOnlyIfItComesOften has a full cache of eight tokens. A token whose signature is remembered does not take
// the place of another the first time.
func TestARecalledTokenGetsAPlaceOnlyIfItComesOften(t *testing.T) {
	issuer := edIssuer()
	c := config(clockAtLater)
	c.CacheSize = 8
	store := newChangeable(t, keyOf(t, "default", issuer))
	for name, p := range map[string]core.Authenticator{"a provider": jwt.New(store, c), "several issuers": issuers.New(jwt.New(store, c))} {
		ask := func(text string) {
			err := p.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{Headers: coretest.Bearer(text)}, nil)
			require.NoError(t, err)
		}
		evicted := ""
		var texts []string
		for i := range 9 {
			texts = append(texts, issuer.AccessToken("a", coretest.Claims{"jti": fmt.Sprint(i)}))
			ask(texts[i])
			require.True(t, token.InCache(p, texts[i]), "%s: a token whose signature was verified gets a place at once", name)
		}
		for _, text := range texts {
			if !token.InCache(p, text) {
				evicted = text
			}
		}
		require.NotEmpty(t, evicted, name)
		times := 0
		for ; !token.InCache(p, evicted); times++ {
			require.Less(t, times, 100, name)
			ask(evicted)
		}
		assert.Greater(t, times, 1, name)
	}
}
