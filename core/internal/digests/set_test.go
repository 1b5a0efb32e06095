package digests_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/digests"
)

// size is that of the memory for verified tokens.
const size = 48 << 20

var (
	now = time.Unix(1_900_000_000, 0)
	end = now.Add(time.Hour)
)

// digest returns the digest with a number, which looks random and is the same in each run.
func digest(n int) digests.Digest {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	return digests.DigestOf(r.Uint64(), r.Uint64())
}

// found returns how many of the digests numbered from to to-1 are in a set.
func found(s *digests.Set, from, to int, at time.Time) (n int) {
	for i := from; i < to; i++ {
		if s.Has(digest(i), at) {
			n++
		}
	}
	return n
}

func TestWhatWasAddedIsFound(t *testing.T) {
	s := digests.New(size)
	assert.False(t, s.Has(digest(0), now))
	for i := range 10000 {
		s.Add(digest(i), end, now)
		assert.True(t, s.Has(digest(i), now))
	}
	for i := range 20000 {
		assert.Equal(t, i < 10000, s.Has(digest(i), now), i)
	}
}

// TestEachBitCounts looks for digests that differ from those in the set in one of their 128 bits, and have the same mark.
func TestEachBitCounts(t *testing.T) {
	s := digests.New(size)
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		high, low, mark := r.Uint64(), r.Uint64(), digests.Mark(r.Uint64())
		s.Add(digests.DigestOf(high, low).Marked(mark), end, now)
		assert.True(t, s.Has(digests.DigestOf(high, low).Marked(mark), now))
		for bit := range 64 {
			assert.False(t, s.Has(digests.DigestOf(high^1<<bit, low).Marked(mark), now))
			assert.False(t, s.Has(digests.DigestOf(high, low^1<<bit).Marked(mark), now))
		}
	}
	zero := digests.New(size)
	zero.Add(digests.DigestOf(1, 1).Marked(0), end, now)
	assert.False(t, zero.Has(digests.DigestOf(0, 0).Marked(0), now), "what an empty place has")
}

func TestEnds(t *testing.T) {
	const max32 = 1<<32 - 1
	for _, c := range []struct {
		name       string
		added, end time.Time
		at         time.Time
		found      bool
	}{
		{"at once", now, now.Add(time.Second), now, true},
		{"until the end", now, now.Add(time.Second), now.Add(time.Second - 1), true},
		{"at the end", now, now.Add(time.Second), now.Add(time.Second), false},
		{"long after the end", now, now.Add(time.Second), now.Add(1000 * time.Hour), false},
		{"before it was added", now, now.Add(time.Second), now.Add(-time.Hour), true},
		{"in the last fraction of a second", now, now.Add(500 * time.Millisecond), now.Add(400 * time.Millisecond), true},
		{"one second after a fraction", now, now.Add(1500 * time.Millisecond), now.Add(2 * time.Second), false},
		{"its end has passed", now, now, now, false},
		{"its end has passed, and the clock steps back", now, now, now.Add(-time.Hour), false},
		{"an end that does not fit", now, time.Unix(1<<40, 0), time.Unix(max32-1, 0), true},
		{"an end that does not fit, from then on", now, time.Unix(1<<40, 0), time.Unix(max32, 0), false},
		{"an end that does not fit, much later", now, time.Unix(1<<40, 0), time.Unix(1<<39, 0), false},
		{"before 1970", time.Unix(-100, 0), time.Unix(-50, 0), time.Unix(-90, 0), false},
		{"an end in 1970", time.Unix(-100, 0), time.Unix(50, 0), time.Unix(-90, 0), true},
		{"a clock that is not set", time.Time{}, end, time.Time{}, true},
		{"an end that is not set", now, time.Time{}, now, false},
		{"an end that is not set, nor is the clock", time.Time{}, time.Time{}, time.Time{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := digests.New(size)
			s.Add(digest(1), c.end, c.added)
			assert.Equal(t, c.found, s.Has(digest(1), c.at))
		})
	}
}

// TestAddedAgain adds one digest again and again, with another end.
func TestAddedAgain(t *testing.T) {
	s := digests.New(0)
	for i := range 1000 {
		s.Add(digest(1), now.Add(time.Duration(i+1)*time.Second), now)
		assert.True(t, s.Has(digest(1), now.Add(time.Duration(i)*time.Second)))
		assert.False(t, s.Has(digest(1), now.Add(time.Duration(i+1)*time.Second)))
	}
	assert.Equal(t, digests.Ways, s.Places())
	assert.Equal(t, 1, s.Tidy(now))
}

// TestEndedDigestsGiveWay fills a small set, lets all digests end, and fills it again without Tidy.
func TestEndedDigestsGiveWay(t *testing.T) {
	s := digests.New(0)
	for i := range 5000 {
		s.Add(digest(i), now.Add(time.Minute), now)
		s.Has(digest(i), now) // used
	}
	later := now.Add(time.Minute)
	for i := 5000; i < 9000; i++ {
		s.Add(digest(i), end, later)
	}
	assert.Greater(t, found(s, 5000, 9000, later), 3960)
}

// TestTimerTidies lets the timer run, which stops when the set is empty and starts again.
func TestTimerTidies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := digests.New(size)
		for range 3 {
			assert.False(t, s.Armed())
			for i := range 1000 {
				s.Add(digest(i), time.Now().Add(10*time.Minute), time.Now())
			}
			time.Sleep(9 * time.Minute)
			synctest.Wait()
			assert.NotZero(t, s.Places())
			assert.True(t, s.Armed())
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			assert.Zero(t, s.Places())
			assert.False(t, s.Armed())
		}
	})
}

// TestTimerOfAnEndedBubble uses one set in two bubbles of testing/synctest. The timer of the first one is lost with it.
func TestTimerOfAnEndedBubble(t *testing.T) {
	s := digests.New(size)
	add := func() { s.Add(digest(1), time.Now().Add(10*time.Minute), time.Now()) }
	synctest.Test(t, func(*testing.T) { add() })
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(3 * time.Minute)
		add()
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		assert.Zero(t, s.Places())
		assert.False(t, s.Armed())
	})
}

// setAndClock returns a set, the time in a bubble, and a function that waits until so much later.
func setAndClock() (s *digests.Set, start time.Time, at func(time.Duration)) {
	s, start = digests.New(size), time.Now()
	return s, start, func(d time.Duration) {
		time.Sleep(time.Until(start.Add(d)))
		synctest.Wait()
	}
}

// TestLateTimer replaces a timer that is late, as after the clock was set forward. The old one does nothing when it fires.
func TestLateTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start, at := setAndClock()
		for i, end := range []time.Duration{100 * time.Second, 115 * time.Second, time.Hour} {
			s.Add(digest(i), start.Add(end), start)
		}
		at(50 * time.Second)
		s.SetLate(2 * time.Minute)
		s.Add(digest(3), start.Add(time.Hour), start) // starts the second timer, which fires after 110 and 170 seconds
		at(125 * time.Second)
		assert.False(t, s.Has(digest(0), start), "the second timer has tidied")
		assert.True(t, s.Has(digest(1), start), "the first has not tidied after 120 seconds")
		assert.True(t, s.Armed())
	})
}

// TestTimerThatIsALittleLate keeps a timer that is late by less than an interval, as on a busy machine. Otherwise each Add would
// put off Tidy.
func TestTimerThatIsALittleLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start, at := setAndClock()
		add := func(n int) { s.Add(digest(n), start.Add(100*time.Second), start) }
		add(0)
		at(50 * time.Second)
		s.SetLate(30 * time.Second) // so the first timer does nothing
		add(1)
		at(79 * time.Second)
		add(2)
		at(81 * time.Second)
		add(3) // late by more than an interval: starts another timer, which fires after 141 seconds
		at(140 * time.Second)
		assert.True(t, s.Has(digest(0), start), "no timer was started before")
		at(142 * time.Second)
		assert.False(t, s.Has(digest(0), start), "the second timer has tidied")
	})
}

// TestFirstDigestsTogether lets two goroutines add the first digests of a set at once. Only in some of the many rounds do both try
// to make the tables.
func TestFirstDigestsTogether(t *testing.T) {
	for range 2000 {
		s := digests.New(0)
		var wg sync.WaitGroup
		start := make(chan struct{})
		for n := range 2 {
			wg.Go(func() {
				<-start
				s.Add(digest(n), end, now)
			})
		}
		close(start)
		wg.Wait()
		for n := range 2 {
			require.True(t, s.Has(digest(n), now))
		}
	}
}

// TestTogether adds, looks for and drops digests at once, in a set that grows and is full. Digests that were never added must not
// be found.
func TestTogether(t *testing.T) {
	s := digests.New(0)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for round := range 20_000 {
				n := 2 * r.IntN(10_000)
				s.Add(digest(n), end, now)
				s.Has(digest(n), now)
				if s.Has(digest(n+1), now) {
					t.Error("a digest that was not added was found")
				}
				if g == 0 && round%500 == 0 {
					s.Tidy([]time.Time{now, end}[round/500%2])
				}
			}
		})
	}
	wg.Wait()
}

// TestAgainstAMap does at random what can be done with a set, and with a map of all ends. The set may forget, which counts, but
// has nothing that the map lacks.
func TestAgainstAMap(t *testing.T) {
	s, ends := digests.New(size), map[int]time.Time{}
	r := rand.New(rand.NewPCG(7, 7))
	clock, forgotten, found := now, 0, 0
	for range 300_000 {
		n := r.IntN(20_000)
		switch r.IntN(200) {
		case 0:
			clock = clock.Add(time.Duration(r.IntN(20_000)) * time.Millisecond)
		case 1:
			clock = clock.Add(-time.Duration(r.IntN(3000)) * time.Millisecond)
		case 2:
			s.Tidy(clock)
			for n, end := range ends { // as Tidy does
				if seconds(end) <= clock.Unix() {
					delete(ends, n)
				}
			}
		default:
			if r.IntN(2) == 0 {
				until := clock.Add(time.Duration(1+r.IntN(600_000)) * time.Millisecond)
				s.Add(digest(n), until, clock)
				ends[n] = until
				continue
			}
			has := seconds(ends[n]) > clock.Unix()
			if !has {
				assert.False(t, s.Has(digest(n), clock))
				continue
			}
			if found++; !s.Has(digest(n), clock) {
				forgotten++
			}
		}
	}
	t.Logf("%d of %d forgotten", forgotten, found)
	assert.Greater(t, found, 10_000)
	assert.LessOrEqual(t, forgotten, found/100, "an ended digest may have given way before the clock was set back")
}

func seconds(t time.Time) int64 { return t.Add(time.Second - 1).Unix() }
