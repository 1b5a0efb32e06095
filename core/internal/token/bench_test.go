package token_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// BenchmarkWays compares the ways in which a good token of about 560 characters is decided on: its signature is verified, it is
// found by its digest, or it is in the cache. "Of many" has more tokens than the cache has places, so most are found by their
// digests.
func BenchmarkWays(b *testing.B) {
	issuer := edIssuer()
	store := newChangeable(b, keyOf(b, "default", issuer))
	texts := make([]string, 20_000)
	for i := range texts {
		texts[i] = issuer.AccessToken("https://service.example", coretest.Claims{
			"jti": fmt.Sprintf("3c3f1b5e-5c0a-4f0e-9a55-%012d", i), "roles": []string{"user", "editor"}, "organizations": "acme",
		})
	}
	b.Logf("%d characters", len(texts[0]))
	same := func(p core.Authenticator) core.Authenticator { return p }
	for _, c := range []struct {
		name      string
		cacheSize int
		change    func(core.Authenticator) core.Authenticator
		tokens    int
	}{
		{"verified", -1, same, 1}, {"by digest", 0, token.WithoutCache, 1}, {"by digest, of many", 0, token.WithoutCache, len(texts)},
		{"cached", 0, same, 1}, {"of many", 0, same, len(texts)},
	} {
		settings := config(clockAtLater)
		settings.CacheSize = c.cacheSize
		chain, err := core.NewSecurityChain(c.change(jwt.New(store, settings)))
		require.NoError(b, err)
		requests := make([]coretest.Request, c.tokens)
		for i := range requests {
			requests[i] = coretest.Request{Headers: coretest.Bearer(texts[i])}
			_, ok := chain.Guard(b.Context(), &requests[i], &coretest.Recorder{})
			require.True(b, ok)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				var res coretest.Recorder
				if _, ok := chain.Guard(b.Context(), &requests[i%c.tokens], &res); !ok {
					b.Fatal(res.Status)
				}
			}
		})
	}
}

// BenchmarkOwner has chains of one and of seven providers with the same keys and types, and tokens of the first and of the last
// issuer.
func BenchmarkOwner(b *testing.B) {
	issuer := edIssuer()
	store := newChangeable(b, keyOf(b, "default", issuer))
	same := func(p core.Authenticator) core.Authenticator { return p }
	for how, change := range map[string]func(core.Authenticator) core.Authenticator{"cached": same, "by digest": token.WithoutCache} {
		for _, n := range []int{1, 7} {
			var providers []core.Provider
			for i := range n {
				settings := config(clockAtLater)
				settings.Issuers = []string{fmt.Sprint(issuerName, "/", i)}
				providers = append(providers, change(jwt.New(store, settings)))
			}
			chain, err := core.NewSecurityChain(providers...)
			require.NoError(b, err)
			for _, i := range []int{0, n - 1} {
				request := coretest.Request{Headers: coretest.Bearer(issuer.AccessToken("a", coretest.Claims{"iss": fmt.Sprint(issuerName, "/", i)}))}
				b.Run(fmt.Sprintf("%s/%d of %d", how, i+1, n), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						var res coretest.Recorder
						if _, ok := chain.Guard(b.Context(), &request, &res); !ok {
							b.Fatal(res.Status)
						}
					}
				})
			}
		}
	}
}
