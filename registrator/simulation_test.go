package registrator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// operate sends a request as an operator with curl would, without a socket.
func operate(k *kongtest.Gateway, method, path string) *httptest.ResponseRecorder {
	return operateWith(k, method, path, "")
}

func operateWith(k *kongtest.Gateway, method, path, body string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	k.Admin().ServeHTTP(w, r)
	return w
}

// faults returns what can go wrong between a registrator and its gateway, before or after the work was done.
func faults() map[string]kongtest.Fault {
	const kind = "application/json"
	all := map[string]kongtest.Fault{
		"cut": kongtest.Cut(), "cut after": kongtest.CutAfter(), "half answer": kongtest.HalfAnswer(),
		"hang": kongtest.Hang(), "hang after": kongtest.HangAfter(), "slow": kongtest.Delay(3 * time.Second),
		"very slow": kongtest.Delay(15 * time.Second), "drip": kongtest.Drip(20 * time.Millisecond),
		"no connection": func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
		"sent twice":    twice,
	}
	for _, a := range []struct {
		name        string
		status      int
		kind, body  string
		retryAfter  string
		neverBefore bool // it would be the truth about something, so it is only an answer to work that was done
	}{
		{"500", 500, kind, `{"message":"An unexpected error occurred"}`, "", false},
		{"501", 501, "text/html", "<title>501 Not Implemented</title>", "", false},
		{"502", 502, "text/html", "<title>502 Bad Gateway</title>", "", false},
		{"503", 503, kind, `{"message":"failed to connect to database"}`, "", false},
		{"503 later", 503, kind, `{"message":"x"}`, "2", false},
		{"504", 504, "text/html", "", "", false},
		{"507", 507, "text/plain", "full", "", false},
		{"429", 429, kind, `{"message":"API rate limit exceeded"}`, "1", false},
		{"429 huge", 429, kind, `{"message":"API rate limit exceeded"}`, "86400", false},
		{"429 negative", 429, kind, `{"message":"API rate limit exceeded"}`, "-1", false},
		{"HTML 200", 200, "text/html", "<html>Welcome</html>", "", false},
		{"empty 200", 200, kind, "", "", false},
		{"a list", 200, kind, "[]", "", false},
		{"wrong types", 200, kind, `{"version":3,"id":4,"data":"x"}`, "", false},
		{"cut JSON", 200, kind, `{"id":"a0000`, "", false},
		{"409", 409, kind, `{"code":5,"message":"UNIQUE violation"}`, "", false},
		{"code 4", 400, kind, `{"code":4,"message":"an existing entity references this"}`, "", false},
		{"code 13", 400, kind, `{"code":13,"message":"foreign key unresolved"}`, "", false},
		{"404", 404, kind, `{"message":"Not found"}`, "", true},
	} {
		header := []string{}
		if a.retryAfter != "" {
			header = []string{"Retry-After", a.retryAfter}
		}
		all[a.name+", work done"] = kongtest.AnswerAfter(a.status, a.kind, a.body, header...)
		if !a.neverBefore {
			all[a.name] = kongtest.Answer(a.status, a.kind, a.body, header...)
		}
	}
	return all
}

// twice does the work twice, as when a proxy resends a request.
func twice(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, _ := io.ReadAll(r.Body)
	for _, w := range []http.ResponseWriter{httptest.NewRecorder(), w} {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, again)
	}
}

// tally has the counts of all runs of the simulation.
type tally struct {
	sync.Mutex
	met                                 map[string]int
	requests, faults, failed, converged int
}

// TestSimulation runs 20 instances that start, restart and leave at once, at a gateway where each request may meet any
// fault. When the faults stop, every instance registers. Each run has a seed, and time is not real.
func TestSimulation(t *testing.T) {
	runs := 40
	switch {
	case long() && raceEnabled:
		runs = 60 // the detector makes it twenty times slower
	case long():
		runs = 1000
	case raceEnabled:
		runs = 12
	}
	all := faults()
	require.GreaterOrEqual(t, len(all), 30)
	total := &tally{met: map[string]int{}}
	t.Run("runs", func(t *testing.T) {
		const shards = 4
		for shard := range shards {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < runs; seed += shards {
					inVirtualTime(t, kongtest.Config{Version: []string{"2.8.5", "3.9.3"}[seed/shards%2], RacingTargets: true},
						func(t *testing.T, k *kongtest.Gateway) { simulate(t, k, seed, all, total) })
				}
			})
		}
	})
	for kind := range all {
		assert.Positive(t, total.met[kind], kind)
	}
	t.Logf("%d runs of %d instances, %d converged; %d requests, %d faults of %d kinds; %d calls failed while they lasted",
		runs, instances, total.converged, total.requests, total.faults, len(all), total.failed)
	assert.Equal(t, runs, total.converged)
}

const instances = 20

// simulate is one run.
func simulate(t *testing.T, k *kongtest.Gateway, seed int, all map[string]kongtest.Fault, total *tally) {
	kinds := slices.Sorted(maps.Keys(all))
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	k.Inject(-1, func(w http.ResponseWriter, q *http.Request, next http.Handler) {
		total.Lock()
		kind, hit := kinds[r.IntN(len(kinds))], r.IntN(4) == 0
		if hit {
			total.met[kind]++
			total.faults++
		}
		total.Unlock()
		if !hit {
			next.ServeHTTP(w, q)
			return
		}
		all[kind](w, q, next)
	})
	ctx, stop := context.WithTimeout(t.Context(), 8*time.Second)
	defer stop()
	var failed atomic.Int32
	at(instances, func(i int) error {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, AttemptTimeout: 2 * time.Second, Timeout: 4 * time.Second})
		for n := range 2 {
			if kong.Register(ctx, simulated(i, n)) != nil {
				failed.Add(1)
			}
			if (i+n)%2 == 0 {
				_ = kong.Deregister(ctx, simulated(i, n))
			}
		}
		return nil
	})
	k.Heal()
	time.Sleep(time.Minute) // requests whose client has gone come to their end
	good := true
	for i, err := range at(instances, func(i int) error {
		return newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), simulated(i, 2))
	}) {
		good = assert.NoError(t, err, "seed %d, instance %d", seed, i) && good
	}
	left := map[string]int{}
	for _, path := range []string{"/services", "/routes", "/upstreams", "/upstreams/sim.upstream/targets/all", "/services/sim/plugins"} {
		var list struct{ Data []any }
		require.NoError(t, json.Unmarshal(operate(k, "GET", path+"?size=1000").Body.Bytes(), &list))
		left[path] = len(list.Data)
	}
	want := map[string]int{"/services": 1, "/routes": 1, "/upstreams": 1, "/upstreams/sim.upstream/targets/all": instances, "/services/sim/plugins": 1}
	good = assert.Equal(t, want, left, "seed %d", seed) && good
	total.Lock()
	total.requests += len(k.Requests())
	total.failed += int(failed.Load())
	if good {
		total.converged++
	}
	total.Unlock()
	k.Forget()
	require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), simulated(0, 2)))
	assert.Empty(t, k.Writes(), "seed %d", seed)
}

func simulated(instance, n int) registrator.Service {
	return registrator.Service{
		Name: "sim", Paths: []string{"/sim"}, Instance: fmt.Sprintf("10.0.0.%d:80", instance+1), RemoveWhenLast: true,
		Plugins: []registrator.Plugin{{Name: "cors", Config: map[string]any{"max_age": 60 + n}}},
	}
}

// TestPermanentFaults tests each fault for ever: the call ends with a clear error, or with the described state.
func TestPermanentFaults(t *testing.T) {
	ended := map[string]int{}
	for kind, fault := range faults() {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			k.Inject(-1, fault)
			start := time.Now()
			err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Minute}).Register(t.Context(), hello())
			assert.LessOrEqual(t, time.Since(start), time.Minute, kind)
			if err == nil {
				ended["registered"]++
				assert.Contains(t, []string{"slow", "sent twice"}, kind)
				return
			}
			var e *registrator.Error
			require.ErrorAs(t, err, &e, kind)
			assert.Equal(t, "register", e.Op, kind)
			assert.NotEmpty(t, e.Request, kind)
			for _, is := range []error{registrator.ErrUnavailable, registrator.ErrConflict, registrator.ErrUnsupportedVersion} {
				if errors.Is(err, is) {
					ended[is.Error()]++
				}
			}
		})
	}
	t.Logf("%d kinds of fault for ever: %v", len(faults()), ended)
	sum := 0
	for _, n := range ended {
		sum += n
	}
	assert.Equal(t, len(faults()), sum, "each ends in one of these ways")
}

// TestThousandRegistrations registers a thousand services, or fewer, in fifty goroutines at once. goleak checks at the end.
func TestThousandRegistrations(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	kong := newKong(t, k.AdminURL(), patient)
	rounds := 4
	if long() {
		rounds = 20
	}
	for round := range rounds {
		for _, err := range at(50, func(i int) error {
			s := hello()
			s.Name = fmt.Sprintf("hello-%d-%d", round, i)
			if err := kong.Register(t.Context(), s); err != nil {
				return err
			}
			if i%2 == 0 {
				return nil
			}
			return kong.Deregister(t.Context(), s)
		}) {
			require.NoError(t, err)
		}
	}
	var list struct{ Data []any }
	require.NoError(t, json.Unmarshal(operate(k, "GET", "/services?size=1000").Body.Bytes(), &list))
	assert.Len(t, list.Data, 25*rounds)
}
