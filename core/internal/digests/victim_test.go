package digests_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/digests"
)

// TestUsedDigestsStay has 4,000 digests that are looked for all the time, in a set with 8,192 places, and a flood of digests that
// come once.
func TestUsedDigestsStay(t *testing.T) {
	const used, rounds = 4000, 400_000
	s := digests.New(0)
	r := rand.New(rand.NewPCG(1, 2))
	hits, asked := 0, 0
	for round := range rounds {
		if round%2 == 0 {
			s.Add(digest(used+round), end, now)
			continue
		}
		n := r.IntN(used)
		if s.Has(digest(n), now) {
			hits++
		} else {
			s.Add(digest(n), end, now)
		}
		asked++
	}
	t.Logf("%.2f %% of the used digests were found", 100*float64(hits)/float64(asked))
	assert.Greater(t, float64(hits)/float64(asked), 0.9)
}

// TestIdleDigestsGiveWay has a full set of digests that were used once, and as many new ones as half of it that are used all the
// time after a Tidy. A flood of others replaces the former.
func TestIdleDigestsGiveWay(t *testing.T) {
	const idle, busy, flood = 8000, 4000, 4000
	s := digests.New(0)
	for i := range idle {
		s.Add(digest(i), end, now)
		s.Has(digest(i), now)
	}
	s.Tidy(now)
	add := func(from, n int) {
		for i := from; i < from+n; i++ {
			s.Add(digest(i), end, now)
		}
	}
	add(idle, busy)
	found(s, idle, idle+busy, now)
	add(idle+busy, flood)
	assert.Greater(t, found(s, idle, idle+busy, now), busy*9/10)
	assert.Less(t, found(s, 0, idle, now), idle/3)
}

// TestUsedDigestsGiveWayToNewOnes has a full set of digests that were all used, and adds as many new ones before the next Tidy. The
// new ones must not just replace each other.
func TestUsedDigestsGiveWayToNewOnes(t *testing.T) {
	const places = 8192
	s := digests.New(0)
	for i := range 2 * places {
		s.Add(digest(i), end, now)
		s.Has(digest(i), now)
	}
	for i := 2 * places; i < 3*places; i++ {
		s.Add(digest(i), end, now)
	}
	assert.Greater(t, found(s, 2*places, 3*places, now), places/2)
}

// inOneBucket returns digests that have one bucket of a small set in common.
func inOneBucket(n int) digests.Digest { return digests.DigestOf(0, uint64(n)) }

// TestTakenPlacesAreNotUsed has a full bucket of used digests that have ended. Those that take their places count as used only
// once they are found.
func TestTakenPlacesAreNotUsed(t *testing.T) {
	later := now.Add(time.Minute)
	for used := range digests.Ways {
		s := digests.New(0)
		for n := range digests.Ways {
			s.Add(inOneBucket(100+n), later, now)
			s.Has(inOneBucket(100+n), now)
		}
		for n := range digests.Ways {
			s.Add(inOneBucket(200+n), end, later)
		}
		assert.True(t, s.Has(inOneBucket(200+used), later))
		for n := range digests.Ways - 1 {
			s.Add(inOneBucket(300+n), end, later)
		}
		assert.True(t, s.Has(inOneBucket(200+used), later), "the one that was found stays, number %d", used)
	}
}

// TestVictimsTakeTurns has a full bucket whose digests are all found before each new one comes. The new ones must not replace
// each other, also when the turns have come so often that the number of them wraps.
func TestVictimsTakeTurns(t *testing.T) {
	s := digests.New(0)
	for n := range 600 {
		for earlier := range n {
			s.Has(inOneBucket(earlier), now)
		}
		s.Add(inOneBucket(n), end, now)
		for newest := n - digests.Ways + 1; n >= 2*digests.Ways && newest <= n; newest++ {
			require.True(t, s.Has(inOneBucket(newest), now), "%d after %d", newest, n)
		}
	}
}

// TestTheOnlyUnusedGivesWay has a table with two full buckets, in which all digests but one have been found.
func TestTheOnlyUnusedGivesWay(t *testing.T) {
	const all = 2 * digests.Ways
	inTwoBuckets := func(n int) digests.Digest { return digests.DigestOf(0, uint64(n)).Marked(1 << 16) }
	for unused := range all {
		s := digests.New(2 * 1024 * digests.BucketSize)
		for n := range all {
			s.Add(inTwoBuckets(n), end, now)
		}
		for n := range all {
			if n != unused {
				s.Has(inTwoBuckets(n), now)
			}
		}
		s.Add(inTwoBuckets(all), end, now)
		for n := range all + 1 {
			assert.Equal(t, n != unused, s.Has(inTwoBuckets(n), now), "%d, where %d is unused", n, unused)
		}
	}
}
