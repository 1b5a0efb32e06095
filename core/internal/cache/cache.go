// Package cache keeps what was found out about texts, such as verified tokens, so that it need not be found out again.
//
// A text is compared whole. Its keyed hash only says where to look, so a collision costs a comparison and no more. Looking
// takes no lock and allocates nothing; what is there is seen by all cores at once. The table begins small and doubles as
// it fills, up to the size that it was made with; then what has not been asked for since it was put goes first.
package cache

import (
	"hash/maphash"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
)

// Cache maps texts to values. It is safe for concurrent use. Make it with New.
type Cache[V any] struct {
	seed  maphash.Seed
	table atomic.Pointer[table[V]]

	mu   sync.Mutex // held to write
	most int        // sets
	hand int        // where the next search for a victim begins
}

// ways is how many places a text may be in: a set, whose marks fill one line of a processor's cache.
const ways = 8

// table has the places, in sets. Marks are apart from entries, so that a search that finds nothing reads them alone, and so
// that the collector passes them over.
type table[V any] struct {
	marks   []atomic.Uint64
	entries []atomic.Pointer[entry[V]]
}

type entry[V any] struct {
	text  string
	value V
}

// A mark is the hash of a text with the lowest bit as a flag: asked for since it was put. An empty place has 0.
const asked = 1

// largest is more than is of use, and small enough to be counted with in 32 bits.
const largest = 1 << 26

// New makes a cache of at least size places.
func New[V any](size int) *Cache[V] {
	sets := max(1, (min(size, largest)+ways-1)/ways)
	c := &Cache[V]{seed: maphash.MakeSeed(), most: 1 << bits.Len(uint(sets-1))}
	c.table.Store(newTable[V](min(4, c.most)))
	return c
}

func newTable[V any](sets int) *table[V] {
	return &table[V]{
		marks:   make([]atomic.Uint64, sets*ways),
		entries: make([]atomic.Pointer[entry[V]], sets*ways),
	}
}

// Get is the value of a text, nil where there is none. It does not keep text. The value is shared: do not change it.
func (c *Cache[V]) Get(text string) *V {
	t, mark := c.table.Load(), c.mark(text)
	set := t.set(mark)
	for i := set; i < set+ways; i++ {
		m := t.marks[i].Load()
		if m|asked != mark|asked {
			continue
		}
		e := t.entries[i].Load() // it may be another's by now
		if e == nil || e.text != text {
			continue
		}
		if m&asked == 0 { // written once, so that cores do not fight for the line
			t.marks[i].CompareAndSwap(m, m|asked)
		}
		return &e.value
	}
	return nil
}

// Put keeps a value for a text, of which it makes a copy.
func (c *Cache[V]) Put(text string, value V) {
	mark := c.mark(text)
	e := &entry[V]{strings.Clone(text), value}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.table.Load()
	at, free := t.place(mark, text)
	for !free && len(t.marks) < c.most*ways {
		t = t.doubled()
		c.table.Store(t)
		at, free = t.place(mark, text)
	}
	if !free {
		c.hand++
		at = t.victim(mark, c.hand)
	}
	t.store(at, mark, e)
}

// mark hashes the end of a text: of a token that is the signature, which no two have in common.
func (c *Cache[V]) mark(text string) uint64 {
	const enough = 32
	return maphash.String(c.seed, text[max(0, len(text)-enough):])&^asked | 1<<63 // never 0
}

func (t *table[V]) set(mark uint64) int {
	sets := len(t.marks) / ways
	return int(mark>>1) & (sets - 1) * ways
}

// place is where a text is, or could be: free is false where the set is full of others.
func (t *table[V]) place(mark uint64, text string) (at int, free bool) {
	set := t.set(mark)
	for i := set; i < set+ways; i++ {
		switch e := t.entries[i].Load(); {
		case e == nil:
			at, free = i, true
		case e.text == text:
			return i, true
		}
	}
	return at, free
}

// victim is the first from hand on that was not asked for. Where all were, they all have to be asked for again.
func (t *table[V]) victim(mark uint64, hand int) int {
	set := t.set(mark)
	for i := range ways {
		if at := set + (hand+i)%ways; t.marks[at].Load()&asked == 0 {
			return at
		}
	}
	for i := set; i < set+ways; i++ {
		t.marks[i].And(^uint64(asked))
	}
	return set + hand%ways
}

// store changes the mark last: one who sees it sees the entry, too, and one who sees an older one compares texts.
func (t *table[V]) store(at int, mark uint64, e *entry[V]) {
	t.entries[at].Store(e)
	t.marks[at].Store(mark)
}

// doubled has twice the sets. What was in one set is in two, so there is room for all of it.
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
