package digests_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

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
