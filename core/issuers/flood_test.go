package issuers_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
)

// madeUp is a token of a made-up tenant. Its signature is wrong, since a client that makes issuers up has no key.
func madeUp(forged string, tenant int) string {
	return coretest.Forge(forged, coretest.Claims{"iss": host + "made-up-" + strconv.Itoa(tenant)})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // a pool keeps what it has for one more
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMadeUpTenants sends tokens of 100,000 made-up tenants, 1000 in a second, while a known tenant is served and a new one comes.
// Under the race detector there are 20,000 of them.
func TestMadeUpTenants(t *testing.T) {
	const perSecond, newAt, calls = 1000, 337, 10
	all := 100_000
	if raceEnabled {
		all = 20_000
	}
	slowly := func(err error) func(context.Context, string) error {
		return func(_ context.Context, tenant string) error {
			if isReal(tenant) {
				return nil
			}
			time.Sleep(2 * time.Second)
			return err
		}
	}
	for what, c := range map[string]struct {
		answer func(context.Context, string) error
		within time.Duration // the new tenant gets in; zero: nobody can tell
		times  int           // that each made-up tenant comes
	}{
		"that the function knows to be unknown": {slowly(issuers.ErrUnknown), time.Second, 1},
		"that come again":                       {slowly(issuers.ErrUnknown), 0, 2},
		"that the function cannot decide on":    {slowly(errors.New("down")), time.Second, 1},
		"that the function takes for real":      {slowly(nil), time.Second, 1},
		"at which the function hangs":           {hang, time.Second, 1},
		"at which the function hangs for longer than it may": {
			func(_ context.Context, tenant string) error { return hang(context.Background(), tenant) }, 0, 1},
	} {
		t.Run(what, func(t *testing.T) {
			r := &registry{answer: c.answer}
			withTenants(t, r, issuers.Config{Calls: calls}, func(t *testing.T, chain *core.SecurityChain) {
				forged := tokenOf("a")
				known := tokenOf("known")
				require.Equal(t, 0, ask(t.Context(), chain, known).status)
				before, goroutines := heap(), runtime.NumGoroutine()
				start := time.Now()
				var admitted time.Duration
				var running sync.WaitGroup
				for i := range all {
					running.Go(func() { ask(t.Context(), chain, madeUp(forged, i/c.times)) })
					if i%100 == 0 {
						assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("known")).status, "uncached, at %d", i)
						assert.True(t, ask(t.Context(), chain, known).cached, "cached, at %d", i)
					}
					if i >= all/2 && i%perSecond == newAt && admitted == 0 { // a client that comes again after a second
						synctest.Wait() // those before it have had their turn
						if got := ask(t.Context(), chain, tokenOf("new")); got.status == 0 {
							admitted = time.Since(start) - time.Duration(all/2+newAt)*time.Second/perSecond + 1
						} else if c.within > 0 {
							assert.Equal(t, "1", got.retryAfter)
						}
					}
					time.Sleep(time.Second / perSecond)
				}
				if c.within > 0 {
					assert.NotZero(t, admitted)
					assert.LessOrEqual(t, admitted, c.within+1, "the new tenant gets in")
				}
				spent := int(time.Since(start).Seconds()) * calls
				assert.LessOrEqual(t, r.allCalls(), spent+2*calls, "calls")
				assert.LessOrEqual(t, runtime.NumGoroutine()-goroutines, 2*(calls*10+2*calls)+20)
				assert.LessOrEqual(t, int64(heap())-int64(before), int64(6<<20), "bytes") // 256 KiB are the marks
				running.Wait()
				time.Sleep(time.Minute)
				assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("after")).status)
				t.Logf("%d calls in %v; the new tenant got in after %v", r.allCalls(), time.Since(start), admitted)
			})
		})
	}
}

func isReal(tenant string) bool { return !strings.HasPrefix(tenant, "made-up-") }

// hang returns after a minute, or when ctx ends, if the tenant is made up.
func hang(ctx context.Context, tenant string) error {
	if isReal(tenant) {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
	return errors.New("hung")
}

// TestCallsInABurst has many unknown issuers at once, after a time without any.
func TestCallsInABurst(t *testing.T) {
	for _, calls := range []int{1, 10, 50} {
		r := &registry{}
		withTenants(t, r, issuers.Config{Calls: calls}, func(t *testing.T, chain *core.SecurityChain) {
			forged := tokenOf("a")
			burst := func(from int) (refused int) {
				for i := range 1000 {
					if got := ask(t.Context(), chain, madeUp(forged, from+i)); got.status == 503 {
						assert.Equal(t, "1", got.retryAfter)
						refused++
					}
				}
				return refused
			}
			assert.Equal(t, 1000-calls, burst(0), "half of what may come at once is for issuers that come again")
			assert.Equal(t, calls, r.allCalls())
			assert.Equal(t, 1000-2*calls, burst(0), "they come again, beside those that are known")
			assert.Equal(t, 2*calls, r.allCalls())
			assert.Equal(t, 1000, burst(5000))
			time.Sleep(time.Hour)
			assert.Equal(t, 1000-calls, burst(10000))
			assert.Equal(t, 3*calls, r.allCalls())
			time.Sleep(time.Second)
			assert.Equal(t, 401, ask(t.Context(), chain, madeUp(forged, 10999)).status, "after a second, as Retry-After says")
		})
	}
}
