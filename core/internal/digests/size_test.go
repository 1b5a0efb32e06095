package digests_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/digests"
)

// TestEntriesAreSmall holds what the comment of the package says of an entry.
func TestEntriesAreSmall(t *testing.T) {
	assert.Equal(t, digests.BucketBytes, digests.BucketSize)
	assert.Equal(t, 24, digests.BucketSize/digests.Ways)
	for i := range digests.BucketType.NumField() {
		switch kind := digests.BucketType.Field(i).Type.Elem().Kind(); kind {
		case reflect.Uint64, reflect.Uint32, reflect.Uint8, reflect.Bool:
		default:
			t.Errorf("a bucket has a %v, which may be or have a pointer", kind)
		}
	}
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestAMillionFit adds a million digests to a set of the size that verifiers share, and measures it empty, full and empty again.
func TestAMillionFit(t *testing.T) {
	const million, mib = 1_000_000, 1 << 20
	before := heap()
	s := digests.New(size)
	assert.Less(t, heap()-before, mib/4, "an empty set")
	for i := range 1000 {
		s.Add(digest(i), end, now)
	}
	thousand := heap() - before
	for i := range million {
		s.Add(digest(i), end, now)
	}
	full := heap() - before
	lost := million - found(s, 0, million, now)
	assert.Equal(t, million-lost, s.Tidy(now))
	assert.Zero(t, s.Tidy(end))
	empty := heap() - before
	runtime.KeepAlive(s)
	t.Logf("a thousand: %d KiB; a million: %.1f MiB, %d lost; after their end: %d KiB", thousand>>10, float64(full)/mib, lost, empty>>10)
	assert.Less(t, thousand, mib/2)
	assert.Less(t, full, 64*mib)
	assert.Zero(t, lost)
	assert.Less(t, empty, mib/4)
	assert.Zero(t, s.Places())
}

// TestSizeIsBounded adds many more digests than there is space for.
func TestSizeIsBounded(t *testing.T) {
	for _, size := range []int{-1, 0, 1 << 20, 2 << 20} {
		s := digests.New(size)
		for i := range 100_000 {
			s.Add(digest(i), end, now)
			if !s.Has(digest(i), now) {
				t.Fatal("the last one is missing")
			}
		}
		places := s.Places()
		assert.LessOrEqual(t, places*digests.BucketSize/digests.Ways, max(size, 1024*digests.BucketSize))
		count := found(s, 0, 100_000, now)
		assert.LessOrEqual(t, count, places)
		assert.Greater(t, count, places*9/10)
	}
}

// TestTidyHalvesATable has two full buckets of one table. Tidy leaves it as it is if at least a quarter stays.
func TestTidyHalvesATable(t *testing.T) {
	for left, places := range map[int]int{
		2 * digests.Ways: 2 * digests.Ways, digests.Ways / 2: 2 * digests.Ways, digests.Ways/2 - 1: digests.Ways, 1: digests.Ways, 0: 0,
	} {
		s := digests.New(size)
		for n := range 2 * digests.Ways {
			until := now.Add(time.Minute)
			if n < left {
				until = end
			}
			s.Add(digests.DigestOf(uint64(n), uint64(n)), until, now)
		}
		assert.Equal(t, 2*digests.Ways, s.Places())
		assert.Equal(t, left, s.Tidy(now.Add(time.Minute)))
		assert.Equal(t, places, s.Places(), "%d left", left)
	}
}

// TestAnySizeWillDo has sizes that nobody wants. A set with no limit grows as another one does.
func TestAnySizeWillDo(t *testing.T) {
	for _, size := range []int{math.MinInt, -1, 0, 1, math.MaxInt - 1, math.MaxInt} {
		s := digests.New(size)
		for i := range 1000 {
			s.Add(digest(i), end, now)
			assert.True(t, s.Has(digest(i), now), "a set of %d bytes", size)
		}
	}
}

// TestTidyKeepsUntilTheEnd tidies within the last second of a digest, and at its end.
func TestTidyKeepsUntilTheEnd(t *testing.T) {
	s := digests.New(size)
	s.Add(digest(1), now.Add(time.Second), now)
	assert.Equal(t, 1, s.Tidy(now.Add(time.Second-1)))
	assert.True(t, s.Has(digest(1), now.Add(time.Second-1)))
	assert.Zero(t, s.Tidy(now.Add(time.Second)))
}

func TestTidyMakesTheSetSmaller(t *testing.T) {
	const full = 1 << 18
	for minute, most := range map[int]int{0: full, 50: full, 90: full / 2, 99: full / 8} {
		s := digests.New(size)
		for i := range 100_000 {
			s.Add(digest(i), now.Add(time.Duration(1+i%100)*time.Minute), now)
		}
		at := now.Add(time.Duration(minute) * time.Minute)
		assert.Equal(t, 1000*(100-minute), s.Tidy(at))
		assert.LessOrEqual(t, s.Places(), most)
		for i := range 100_000 {
			if has := s.Has(digest(i), at); has != (i%100 >= minute) {
				t.Fatalf("digest %d after %d minutes: %v", i, minute, has)
			}
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	s := digests.New(size)
	s.Add(digest(1), end, now)
	there, missing := digest(1), digest(2)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if !s.Has(there, now) || s.Has(missing, now) {
			t.Fail()
		}
		s.Add(there, end, now)
	}))
}

// TestEmptySetsTakeNoMemory looks for a digest in an empty set and tidies it. The number of allocations is the least of several
// rounds, since the timer of another set may fire meanwhile.
func TestEmptySetsTakeNoMemory(t *testing.T) {
	var s *digests.Set
	least := 100.0
	for range 10 {
		least = min(least, testing.AllocsPerRun(1, func() {
			s = digests.New(size)
			if s.Has(digests.DigestOf(1, 1), now) || s.Tidy(now) != 0 {
				t.Fail()
			}
		}))
	}
	assert.LessOrEqual(t, least, 1.0, "the set itself")
}

func BenchmarkHas(b *testing.B) {
	s := digests.New(size)
	const million = 1_000_000
	all := make([]digests.Digest, million)
	for i := range all {
		all[i] = digest(i)
		s.Add(all[i], end, now)
	}
	for name, n := range map[string]int{"of a million": million, "of a thousand": 1000} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if !s.Has(all[i*7919%n], now) {
					b.Fatal()
				}
			}
		})
	}
	b.Run("missing", func(b *testing.B) {
		missing := digest(-1)
		for b.Loop() {
			s.Has(missing, now)
		}
	})
	b.Run("tidy a million", func(b *testing.B) {
		for b.Loop() {
			s.Tidy(now)
		}
	})
}

// BenchmarkTogether is the work of all cores on one set: looking for digests that are in it, or doing so while half of the work is
// adding digests to a set that is full, each of which replaces another. Run it with -cpu 1,2,4.
func BenchmarkTogether(b *testing.B) {
	const many = 1 << 17
	all := make([]digests.Digest, many)
	for i := range all {
		all[i] = digest(i)
	}
	for name, c := range map[string]struct {
		size int
		adds bool
	}{
		"found":                {size, false},
		"replaced in full set": {many / 4 * digests.BucketSize / digests.Ways, true},
	} {
		s := digests.New(c.size)
		for _, d := range all {
			s.Add(d, end, now)
		}
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				r := rand.New(rand.NewPCG(rand.Uint64(), 1))
				for pb.Next() {
					if n := r.IntN(2 * many); c.adds && n < many {
						s.Add(all[n], end, now)
					} else {
						s.Has(all[n%many], now)
					}
				}
			})
		})
	}
}
