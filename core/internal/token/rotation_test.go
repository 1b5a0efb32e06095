package token_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// TestKeysComeAndGoUnderLoad sends one token again and again while its key is removed, replaced, restricted and put back. A request
// that begins after a change and ends before the next one is decided by the keys of that time.
func TestKeysComeAndGoUnderLoad(t *testing.T) {
	const senders, rounds, each = 4, 5, 3 // requests of each sender between two changes
	issuer, other := coretest.NewIssuer(issuerName), coretest.NewIssuer(issuerName)
	issuer.Clock = clockAtLater
	text := issuer.AccessToken("a", nil)
	key := keyOf(t, "default", issuer)
	phases := []struct {
		keys   []*keys.Key
		reason string
	}{
		{[]*keys.Key{key}, ""}, {[]*keys.Key{keyOf(t, "default", other)}, "bad_signature"},
		{[]*keys.Key{key, keyOf(t, "next", other)}, ""}, {[]*keys.Key{keyOf(t, "next", other)}, "unknown_kid"},
		{[]*keys.Key{keyOf(t, "default", issuer, "RS256")}, ""}, {[]*keys.Key{keyOf(t, "default", issuer, "RS512")}, "no_fitting_key"},
	}
	otherConfig := config(clockAtLater)
	otherConfig.Issuers = []string{"https://other.example"}
	for name, open := range map[string]func(keys.Store) core.Authenticator{
		"digests": func(s keys.Store) core.Authenticator { return token.WithoutCache(jwt.New(s, config(clockAtLater))) },
		"cached":  func(s keys.Store) core.Authenticator { return jwt.New(s, config(clockAtLater)) },
		"several issuers": func(s keys.Store) core.Authenticator {
			return issuers.New(jwt.New(s, config(clockAtLater)), jwt.New(s, otherConfig))
		},
	} {
		store := newChangeable(t, phases[0].keys...)
		p := open(store)
		var change atomic.Int64 // even: the keys of phase change/2 are there; odd: they are being replaced
		var done [senders]atomic.Int64
		var wg sync.WaitGroup
		var stop atomic.Bool
		for n := range senders {
			wg.Go(func() {
				for !stop.Load() {
					before := change.Load()
					err := provide(t, p, text)
					if after := change.Load(); before == after && before%2 == 0 {
						want := phases[int(before/2)%len(phases)].reason
						if got := reasonOf(t, err); got != want {
							t.Errorf("%s: %q after change %d, want %q", name, got, before/2, want)
						}
						done[n].Add(1)
					}
					runtime.Gosched() // to the goroutine that changes the keys
				}
			})
		}
		for round := range int64(rounds * len(phases)) {
			for n := range senders {
				for begin := done[n].Load(); done[n].Load() < begin+each && !t.Failed(); {
					runtime.Gosched()
				}
			}
			change.Add(1)
			store.replace(t, phases[int(round+1)%len(phases)].keys...)
			change.Add(1)
		}
		stop.Store(true)
		wg.Wait()
		require.False(t, t.Failed(), name)
		assert.NotZero(t, done[0].Load(), name)
	}
}
