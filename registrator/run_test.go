package registrator_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// balanced returns a description of one instance with RemoveWhenLast.
func balanced() registrator.Service {
	s := hello()
	s.Host, s.Instance, s.RemoveWhenLast = "", "10.0.0.1:5000", true
	return s
}

func TestRunLooksAndRepairs(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, CheckEvery: 10 * time.Second})
		go func() { ended <- kong.Run(ctx, balanced()) }()
		synctest.Wait()
		assert.Len(t, k.Writes(), 4)
		k.Forget()
		var looks []time.Duration
		for range 50 {
			start := time.Now()
			for len(k.Requests()) == 0 {
				time.Sleep(50 * time.Millisecond)
			}
			synctest.Wait()
			looks = append(looks, time.Since(start))
			k.Forget()
		}
		distinct := map[time.Duration]bool{}
		for _, l := range looks {
			assert.GreaterOrEqual(t, l, 7*time.Second)
			assert.LessOrEqual(t, l, 13*time.Second)
			distinct[l] = true
		}
		assert.Greater(t, len(distinct), 10, "instances do not look all at once")
		assert.Empty(t, k.Writes())

		w := operate(k, "DELETE", "/routes/hello")
		require.Equal(t, http.StatusNoContent, w.Code)
		time.Sleep(15 * time.Second)
		assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)

		k.Inject(-1, kongtest.Cut()) // an outage that lasts does not end Run
		time.Sleep(5 * time.Minute)
		k.Heal()
		operate(k, "DELETE", "/routes/hello")
		time.Sleep(30 * time.Second)
		assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)

		k.Forget()
		stop()
		require.NoError(t, <-ended)
		assert.Len(t, k.Writes(), 4)
		assert.Equal(t, http.StatusNotFound, operate(k, "GET", "/services/hello").Code)
	})
}

// TestRunLeavesUnderItsOwnDeadline tests a gateway that hangs when the service ends.
func TestRunLeavesUnderItsOwnDeadline(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Hour})
		go func() { ended <- kong.Run(ctx, balanced()) }()
		synctest.Wait()
		k.Inject(-1, kongtest.Hang())
		stop()
		start := time.Now()
		err := <-ended
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorContains(t, err, "deregister")
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

// TestRunSaysThatALateWriteMayBeLeft tests a write that has no answer when the service ends, and a gateway so slow that there is
// no time to deregister a second time.
func TestRunSaysThatALateWriteMayBeLeft(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		k.Inject(1, kongtest.HangAfter(), isWrite) // the first attempt; the second has an answer
		k.Inject(-1, kongtest.Delay(4*time.Second), func(r *http.Request) bool { return ctx.Err() != nil && r.URL.Path == "/" })
		time.AfterFunc(10*time.Second, stop)
		s := balanced()
		s.RemoveWhenLast = false // two readings
		err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Run(ctx, s)
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorContains(t, err, "what may be left on the gateway: target 10.0.0.1:5000")
	})
}

// TestLeavingHasALimit tests a gateway that answers every reading and no write once the service is told to stop: a write in
// progress is waited for, then leaving has 10 seconds, and then the write in progress is waited for again.
func TestLeavingHasALimit(t *testing.T) {
	for n := 1; n <= 8; n++ { // the request at which it is told to stop
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var stopped time.Time
			requests := 0
			k.Inject(-1, kongtest.HangAfter(), func(r *http.Request) bool { return ctx.Err() != nil && isWrite(r) })
			counted := transport(func(r *http.Request) (*http.Response, error) {
				if requests++; requests == n {
					stopped = time.Now()
					stop()
				}
				return memory{k.Admin()}.RoundTrip(r)
			})
			require.ErrorIs(t, newKong(t, "http://kong", registrator.Config{Transport: counted}).Run(ctx, balanced()), context.Canceled)
			assert.LessOrEqual(t, time.Since(stopped), 16*time.Second)
		})
	}
}

func TestRunFailsWhenItCannotRegister(t *testing.T) {
	inVirtualTime(t, kongtest.Config{Token: "other"}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.ErrorIs(t, kong.Run(t.Context(), balanced()), registrator.ErrUnauthorized)
	})
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) { // told to end before it has registered
		k.Inject(-1, kongtest.Hang(), func(r *http.Request) bool { return r.URL.Path == "/services/hello/routes" })
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		time.AfterFunc(4*time.Second, k.Heal)
		err := kong.Run(ctx, balanced())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, http.StatusNotFound, operate(k, "GET", "/services/hello").Code, "what was written is taken back")
		assert.Equal(t, http.StatusNotFound, operate(k, "GET", "/upstreams/hello.upstream").Code)
	})
}

// TestRunLeavesASharedHost tests that Run keeps a service whose host may lead to other processes.
func TestRunLeavesASharedHost(t *testing.T) {
	for alone, status := range map[bool]int{false: http.StatusOK, true: http.StatusNotFound} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			s := hello()
			s.RemoveWhenLast = alone
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
			require.NoError(t, kong.Run(ctx, s))
			assert.Equal(t, status, operate(k, "GET", "/services/hello").Code)
			assert.Equal(t, status, operate(k, "GET", "/routes/hello").Code)
		})
	}
}
