package issuers_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// BenchmarkGuard compares one provider with several issuers and with tenants, of which all send tokens in turn.
func BenchmarkGuard(b *testing.B) {
	issuer := coretest.NewIssuer("") // RS256
	member := func(n, cache int) core.Authenticator {
		config := oauth2.AccessTokens(fmt.Sprint(host, n), audience)
		config.CacheSize = cache
		return oauth2.New(issuer.Keys(), config)
	}
	several := func(n, cache int) core.Authenticator {
		members := make([]core.Authenticator, n)
		for i := range members {
			members[i] = member(i, cache)
		}
		return issuers.New(members...)
	}
	resolve := func(_ context.Context, name string) (core.Authenticator, io.Closer, error) {
		return oauth2.New(issuer.Keys(), oauth2.AccessTokens(name, audience)), nil, nil
	}
	for _, cache := range []int{0, -1} {
		how := map[int]string{0: "cached", -1: "uncached"}[cache]
		tenants := issuers.Resolve(resolve, issuers.Config{CacheSize: cache, Calls: 1000})
		for _, c := range []struct {
			name     string
			provider core.Authenticator
			issuers  int
		}{
			{"alone", member(0, cache), 1},
			{"1 of 1", several(1, cache), 1},
			{"1 of 10", several(10, cache), 1},
			{"1 of 1000", several(1000, cache), 1},
			{"100 of 1000", several(1000, cache), 100},
			{"1 tenant", tenants, 1},
			{"100 tenants", tenants, 100},
		} {
			chain, requests := chainOf(b, c.provider), make([]coretest.Request, c.issuers)
			for i := range requests {
				token := issuer.AccessToken(audience, coretest.Claims{"iss": fmt.Sprint(host, i)})
				requests[i] = coretest.Request{Headers: coretest.Bearer(token)}
				ask(b.Context(), chain, token) // resolves the tenant
			}
			b.Run(how+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					var res coretest.Recorder
					if _, ok := chain.Guard(b.Context(), &requests[i%len(requests)], &res); !ok {
						b.Fatal(res.Status)
					}
				}
			})
		}
		_ = tenants.Close()
	}
}

// BenchmarkOthers is a token of an issuer that no member has.
func BenchmarkOthers(b *testing.B) {
	token := stranger.AccessToken(audience, nil)
	for _, n := range []int{1, 1000} {
		members := make([]core.Authenticator, n)
		for i := range members {
			members[i] = oauth2.New(shop.Keys(), oauth2.AccessTokens(fmt.Sprint(host, i), audience))
		}
		chain := chainOf(b, issuers.New(members...), accessTokens(stranger))
		b.Run(fmt.Sprint("behind ", n), func(b *testing.B) {
			for b.Loop() {
				var res coretest.Recorder
				if _, ok := chain.Guard(b.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res); !ok {
					b.Fatal(res.Status)
				}
			}
		})
	}
}
