package digests_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/digests"
)

// TestMayHave looks for the marks of digests in a set, and for others.
func TestMayHave(t *testing.T) {
	s := digests.New(size)
	assert.False(t, s.MayHave(1))
	r := rand.New(rand.NewPCG(1, 1))
	const many = 100_000
	for i := range many {
		mark := digests.Mark(r.Uint64())
		assert.False(t, i == 0 && s.MayHave(mark))
		s.Add(digest(i).Marked(mark), end, now)
		if !s.MayHave(mark) || !s.Has(digest(i).Marked(mark), now) {
			t.Fatal("it is not found")
		}
	}
	wrong := 0
	for range many {
		if s.MayHave(digests.Mark(r.Uint64())) {
			wrong++
		}
	}
	assert.LessOrEqual(t, wrong, 1)
	s.Tidy(end)
	assert.False(t, s.MayHave(digests.Mark(0)), "the set is empty")
}

// TestEqualMarks adds digests that have few marks in common, as texts with the same end have. They take each other's places, but a
// digest that was just added is found, and one that was not added is not.
func TestEqualMarks(t *testing.T) {
	for _, marks := range []int{1, 2, 30} {
		for _, size := range []int{0, size} {
			s := digests.New(size)
			r := rand.New(rand.NewPCG(uint64(marks), 1))
			for i := range 2000 {
				clock := now.Add(time.Duration(i) * time.Second)
				mark := digests.Mark(r.IntN(marks)) << 33 // the rest of the mark, by which a bucket is chosen, is 0
				d := digest(i).Marked(mark)
				assert.False(t, s.Has(d, clock))
				s.Add(d, clock.Add(time.Duration(1+r.IntN(300))*time.Second), clock)
				if !s.Has(d, clock) || !s.MayHave(mark) {
					t.Fatalf("%d marks, digest %d: it is not found", marks, i)
				}
				assert.False(t, s.Has(digest(-1-i).Marked(mark), clock))
				if i%100 == 0 {
					s.Tidy(clock)
					require.True(t, s.Has(d, clock), "it stays")
				}
			}
		}
	}
}
