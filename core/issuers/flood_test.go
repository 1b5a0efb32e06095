package issuers_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
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
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMadeUpTenants sends tokens of 100,000 made-up tenants, 1000 in a second, while a known tenant is served and a new one comes.
func TestMadeUpTenants(t *testing.T) {
	const all, perSecond, calls = 100_000, 1000, 10
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
	}{
		"that the function knows to be unknown": {slowly(issuers.ErrUnknown), time.Second},
		"that the function cannot decide on":    {slowly(errors.New("down")), time.Second},
		"that the function takes for real":      {slowly(nil), time.Second},
		"at which the function hangs":           {hang, time.Second},
		"at which the function hangs for longer than it may": {
			func(_ context.Context, tenant string) error { return hang(context.Background(), tenant) }, 0},
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
					running.Go(func() { ask(t.Context(), chain, madeUp(forged, i)) })
					if i%100 == 0 {
						assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("known")).status, "uncached, at %d", i)
						assert.True(t, ask(t.Context(), chain, known).cached, "cached, at %d", i)
					}
					if i >= all/2 && i%perSecond == 0 && admitted == 0 { // a client that comes again after a second
						if got := ask(t.Context(), chain, tokenOf("new")); got.status == 0 {
							admitted = time.Since(start) - all/2*time.Second/perSecond + 1
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

// hang returns after 15 seconds, or when ctx ends, if the tenant is made up.
func hang(ctx context.Context, tenant string) error {
	if isReal(tenant) {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(15 * time.Second):
	}
	return errors.New("hung")
}
