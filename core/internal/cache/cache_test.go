package cache_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/cache"
)

// text looks like a token: long, and different from others at its end.
func text(i int) string { return strings.Repeat("a.", 300) + fmt.Sprintf("%040d", i) }

func TestWhatWasPutIsFound(t *testing.T) {
	c := cache.New[int](1 << 14) // so many places that no set of them is full
	assert.Nil(t, c.Get(text(1)))
	assert.Nil(t, c.Get(""))
	for i := range 300 {
		c.Put(text(i), i)
	}
	c.Put("", -1)
	for i := range 300 {
		if v := c.Get(text(i)); assert.NotNil(t, v, i) {
			assert.Equal(t, i, *v)
		}
	}
	assert.Equal(t, -1, *c.Get(""))
	c.Put(text(7), 70)
	assert.Equal(t, 70, *c.Get(text(7)), "the last value counts")
}

// TestTheWholeTextCounts has texts that the cache looks for in the same place.
func TestTheWholeTextCounts(t *testing.T) {
	end := strings.Repeat("x", 64)
	c := cache.New[string](8)
	for i := range 5 {
		c.Put(fmt.Sprint(i, end), fmt.Sprint(i))
	}
	for i := range 5 {
		assert.Equal(t, fmt.Sprint(i), *c.Get(fmt.Sprint(i, end)))
	}
	assert.Nil(t, c.Get("5"+end))
	assert.Nil(t, c.Get(end))
	assert.Nil(t, c.Get("1"+end+"x"))
}

// TestOneTextOnePlace puts one text again and again into a set that is empty and into one that is full.
func TestOneTextOnePlace(t *testing.T) {
	c := cache.New[int](8)
	for round := range 100 {
		c.Put(text(0), -round)
	}
	for i := 1; i < 8; i++ {
		c.Put(text(i), i)
	}
	for i := range 8 {
		assert.NotNil(t, c.Get(text(i)), i)
	}
	assert.Equal(t, -99, *c.Get(text(0)))
	for round := range 100 {
		c.Put(text(0), round)
	}
	for i := range 8 {
		assert.NotNil(t, c.Get(text(i)), i)
	}
	assert.Equal(t, 99, *c.Get(text(0)))
}

// TestNewTextsFindPlaces has as many new texts as places in a full set: they may drive out old ones, not each other.
func TestNewTextsFindPlaces(t *testing.T) {
	for _, hot := range []bool{false, true} {
		c := cache.New[int](8)
		for i := range 8 {
			c.Put(text(i), i)
			if hot {
				c.Get(text(i))
			}
		}
		for i := 100; i < 108; i++ {
			c.Put(text(i), i)
		}
		for i := 100; i < 108; i++ {
			assert.NotNil(t, c.Get(text(i)), "%d, where the old ones were asked for: %v", i, hot)
		}
	}
}

func TestAnySizeWillDo(t *testing.T) {
	for _, size := range []int{math.MinInt, -1, 0, 1, math.MaxInt - 1, math.MaxInt} {
		c := cache.New[int](size)
		found := 0
		for i := range 1000 {
			c.Put(text(i), i)
			assert.NotNil(t, c.Get(text(i)), "a cache of %d", size)
		}
		for i := range 1000 {
			if c.Get(text(i)) != nil {
				found++
			}
		}
		want := 8
		if size > 1 {
			want = 1000
		}
		assert.Equal(t, want, found, "a cache of %d", size)
	}
}

func TestTextsAreCopied(t *testing.T) {
	c := cache.New[int](8)
	buffer := []byte("token-of-ann")
	c.Put(unsafe.String(&buffer[0], len(buffer)), 1)
	copy(buffer, "token-of-eve") // as fasthttp does with the next request
	assert.Nil(t, c.Get("token-of-eve"))
	assert.NotNil(t, c.Get("token-of-ann"))
}

func TestSizeIsBounded(t *testing.T) {
	for size, most := range map[int]int{1: 8, 8: 8, 9: 16, 100: 128, 1024: 1024} {
		c := cache.New[int](size)
		const all = 20000
		for i := range all {
			c.Put(text(i), i)
		}
		found := 0
		for i := range all {
			if c.Get(text(i)) != nil {
				found++
			}
		}
		assert.Equal(t, most, found, "a cache of %d", size)
	}
}

// TestHotTextsStay has 500 texts that are asked for all the time, in a cache of 1,024, and one text in ten that comes once.
func TestHotTextsStay(t *testing.T) {
	const hot, rounds = 500, 200000
	c := cache.New[int](1024)
	hits, asked := 0, 0
	r := rand.New(rand.NewPCG(1, 2))
	get := func(i int) bool {
		if c.Get(text(i)) != nil {
			return true
		}
		c.Put(text(i), i)
		return false
	}
	for round := range rounds {
		if round%10 == 0 {
			get(hot + round)
			continue
		}
		asked++
		if get(r.IntN(hot)) {
			hits++
		}
	}
	t.Logf("%.2f %% of what is hot was found", 100*float64(hits)/float64(asked))
	assert.Greater(t, float64(hits)/float64(asked), 0.95)
}

// TestUsedTextsStayWhenTheTableGrows has a few texts that were asked for while the table was small. They stay when it has grown and
// others that nobody asks for have filled it.
func TestUsedTextsStayWhenTheTableGrows(t *testing.T) {
	const used = 4 // fewer than the places of a set, so each set has another text that gives way
	c := cache.New[int](64)
	for i := range used {
		c.Put(text(i), i)
		c.Get(text(i))
	}
	for i := range 5000 {
		c.Put(text(used+i), i)
	}
	for i := range used {
		assert.NotNil(t, c.Get(text(i)), i)
	}
}

// TestOffers has texts that are offered: they get free places and their own, and rarely the places of others.
func TestOffers(t *testing.T) {
	growing := cache.New[int](1 << 14) // so many places that no set of them is full
	for i := range 300 {
		growing.Offer(text(i), i)
		assert.NotNil(t, growing.Get(text(i)))
	}
	c := cache.New[int](8) // one set
	for i := range 8 {
		c.Offer(text(i), i)
	}
	for i := range 8 {
		assert.NotNil(t, c.Get(text(i)), "a free place")
		c.Offer(text(i), -i)
		assert.Equal(t, -i, *c.Get(text(i)), "its own place")
	}
	const offers = 1600
	taken := 0
	for i := range offers {
		if c.Offer(text(100+i), i); c.Get(text(100+i)) != nil {
			taken++
		}
	}
	assert.InDelta(t, offers/16, taken, 80, "more than eight standard deviations")
	for i := 0; i < 1000 && c.Get(text(7777)) == nil; i++ {
		c.Offer(text(7777), 7)
	}
	assert.NotNil(t, c.Get(text(7777)), "a text that is offered often gets a place")
}

// TestMemoryGrowsWithTheTexts has caches for a million texts, of which few have come. The memory is the least of several rounds, since
// the runtime may allocate meanwhile.
func TestMemoryGrowsWithTheTexts(t *testing.T) {
	for texts, limit := range map[int]uint64{0: 64 << 10, 300: 4 << 20} {
		least := uint64(math.MaxUint64)
		for range 10 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c := cache.New[int](1 << 20)
			for i := range texts {
				c.Put(text(i), i)
			}
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(c)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		assert.LessOrEqual(t, least, limit, "%d texts", texts)
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	c := cache.New[int](1024)
	c.Put(text(1), 1)
	there, missing := text(1), text(2)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if c.Get(there) == nil || c.Get(missing) != nil {
			t.Fail()
		}
	}))
}

// TestTogether has readers and writers at once, while the table grows and texts drive each other out.
func TestTogether(t *testing.T) {
	c := cache.New[int](256)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 5000 {
				i := r.IntN(600)
				if v := c.Get(text(i)); v == nil && g%2 == 0 {
					c.Put(text(i), i)
				} else if v == nil {
					c.Offer(text(i), i)
				} else if *v != i {
					t.Errorf("%d for %d", *v, i)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkGet is one look at a warm table, by one core and by all.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{1, 1000} {
		c := cache.New[int](4096)
		texts := make([]string, n)
		for i := range texts {
			texts[i] = text(i)
			c.Put(texts[i], i)
		}
		b.Run(fmt.Sprintf("of %d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if c.Get(texts[i%n]) == nil {
					b.Fatal()
				}
			}
		})
		b.Run(fmt.Sprintf("of %d by all", n), func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if c.Get(texts[i%n]) == nil {
						b.Fail()
					}
				}
			})
		})
	}
}
