// Package cache is a bounded cache with lock-free reads, keyed by strings such as tokens.
//
// Get compares the whole text. A keyed hash of the text only says where to look, so a collision costs a comparison and nothing
// else. Get takes no lock and does not allocate. An entry is visible to all goroutines at once. The table begins small and
// doubles as it fills, up to the size that it was made with. Then a new entry replaces one that Get has not returned since it was
// put, if there is one.
package cache

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
)

// Cache maps texts to values. It is safe for concurrent use. Make one with New.
type Cache[V any] struct {
	table atomic.Pointer[table[V]]

	mu      sync.Mutex // held by writers
	maxSets int
	hand    uint8 // where the next search for a victim begins in its set; 256 is a multiple of ways, so it may wrap
}

// ways is the number of places in a set. A text can be in each place of one set. The marks of a set fill one line of a
// processor's cache.
const ways = 8

// table has the places, in sets. Marks are separate from entries, so that a search without a result reads marks only, and so that
// the garbage collector does not scan them.
type table[V any] struct {
	marks   []atomic.Uint64
	entries []atomic.Pointer[entry[V]]
}

type entry[V any] struct {
	text  string
	value V
}

// A mark is the hash of a text. Its lowest bit is a flag: Get has returned the entry since it was put, or since a search for a
// victim cleared the flag. The mark of an empty place is 0.
const used = 1

// maxSize bounds the size of a cache, so that sizes fit in 32 bits.
const maxSize = 1 << 26

// New returns a cache with at least size places, but not more than 1<<26.
func New[V any](size int) *Cache[V] {
	sets := max(1, (min(size, maxSize)+ways-1)/ways)
	c := &Cache[V]{maxSets: 1 << bits.Len(uint(sets-1))}
	c.table.Store(newTable[V](min(4, c.maxSets)))
	return c
}

func newTable[V any](sets int) *table[V] {
	return &table[V]{
		marks:   make([]atomic.Uint64, sets*ways),
		entries: make([]atomic.Pointer[entry[V]], sets*ways),
	}
}

// Get returns the value of a text, or nil if there is none. It does not keep text. The value is shared: do not change it.
func (c *Cache[V]) Get(text string) *V { return c.GetMarked(MarkOf(text), text) }

// GetMarked is like Get, for a text whose mark is known, such as for a lookup in several caches.
func (c *Cache[V]) GetMarked(m Mark, text string) *V {
	t, mark := c.table.Load(), uint64(m)
	set := t.set(mark)
	for i := set; i < set+ways; i++ {
		stored := t.marks[i].Load()
		if stored|used != mark|used {
			continue
		}
		e := t.entries[i].Load() // a writer may have replaced the entry since the mark was read
		if e == nil || e.text != text {
			continue
		}
		if stored&used == 0 { // not written again, so that cores do not compete for the line
			t.marks[i].CompareAndSwap(stored, stored|used)
		}
		return &e.value
	}
	return nil
}

// Put sets the value of a text. It copies the text.
func (c *Cache[V]) Put(text string, value V) {
	mark := uint64(MarkOf(text))
	e := &entry[V]{strings.Clone(text), value}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.table.Load()
	at, free := t.place(mark, text)
	for !free && len(t.marks) < c.maxSets*ways {
		t = t.doubled()
		c.table.Store(t)
		at, free = t.place(mark, text)
	}
	if !free {
		c.hand++
		at = t.victim(mark, int(c.hand))
	}
	t.store(at, mark, e)
}

// offersPerPut is the number of offers, for texts that would replace another one, of which one is stored on average.
const offersPerPut = 16

// Offer is like Put, for a value that costs little to compute again. If all places for the text are taken, and the table cannot
// grow, Offer stores the value only once in 16 times. So texts that are asked for often get a place soon, and texts that are
// asked for once do not each cost a copy and take a place from another text. The choice is random, since a counter would be
// written by all cores.
func (c *Cache[V]) Offer(text string, value V) {
	t := c.table.Load()
	if len(t.marks) == c.maxSets*ways {
		if _, free := t.place(uint64(MarkOf(text)), text); !free && rand.Uint32N(offersPerPut) != 0 { //nolint:gosec // no secret
			return
		}
	}
	c.Put(text, value)
}

// Mark is a hash of a text, which says where to look for the text in each cache of the program.
type Mark uint64

var seed = maphash.MakeSeed()

// MarkOf returns the mark of a text, a hash of its end. The end of a token is part of its signature, which differs between
// tokens.
func MarkOf(text string) Mark {
	const hashed = 32
	return Mark(maphash.String(seed, text[max(0, len(text)-hashed):])&^used | 1<<63) // never 0
}

// set returns the index of the first place of the set for mark.
func (t *table[V]) set(mark uint64) int {
	sets := len(t.marks) / ways
	return int(mark>>1) & (sets - 1) * ways
}

// place returns the place of a text: the one where it is, or an empty one. free is false if the set is full of other texts.
func (t *table[V]) place(mark uint64, text string) (at int, free bool) {
	set := t.set(mark)
	for i := set; i < set+ways; i++ {
		switch m := t.marks[i].Load(); {
		case m == 0:
			at, free = i, true
		case m|used == mark|used:
			if e := t.entries[i].Load(); e != nil && e.text == text {
				return i, true
			}
		}
	}
	return at, free
}

// victim returns the first place from hand on whose entry is not used. If all are, it clears their flags and returns the first.
func (t *table[V]) victim(mark uint64, hand int) int {
	set := t.set(mark)
	for i := range ways {
		if at := set + (hand+i)%ways; t.marks[at].Load()&used == 0 {
			return at
		}
	}
	for i := set; i < set+ways; i++ {
		t.marks[i].And(^uint64(used))
	}
	return set + hand%ways
}

// store sets the entry of a place and then the mark, so that a reader that sees the mark also sees the entry. A reader that sees
// an older mark compares texts.
func (t *table[V]) store(at int, mark uint64, e *entry[V]) {
	t.entries[at].Store(e)
	t.marks[at].Store(mark)
}

// doubled returns a copy of t with twice the sets. The entries of one set are spread over two, so all of them fit.
func (t *table[V]) doubled() *table[V] {
	d := newTable[V](2 * len(t.marks) / ways)
	for i := range t.entries {
		e, mark := t.entries[i].Load(), t.marks[i].Load()
		if e == nil {
			continue
		}
		at, _ := d.place(mark, e.text)
		d.store(at, mark, e)
	}
	return d
}
