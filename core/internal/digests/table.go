package digests

import "sync"

// table is one part of a set. A digest can be in each place of two buckets, which are chosen by different parts of its mark. A
// new entry goes into the bucket with fewer entries (Azar, Broder, Karlin and Upfal, "Balanced Allocations", 1999). So on average
// a table is more than four fifths full when an entry finds no place.
type table struct {
	mu      sync.Mutex // not padded to a line of the cache: with 1,024 tables, two cores seldom need neighbors
	buckets []bucket   // a power of two, or none
	hand    uint8      // where the next search for a victim begins; 256 is a multiple of 2*ways, so it may wrap
}

// ways is the number of places in a bucket.
const ways = 8

// bucket fills three lines of a processor's cache. A search for a mark that is not there reads the first.
type bucket struct {
	mark      [ways]uint32 // the low bits of the mark, and the flag used
	end       [ways]uint32 // in seconds since 1970; 0: the place is empty
	low, high [ways]uint64
}

// used is set if the digest was found since it was added, or since tidy or a search for a victim cleared the flag.
const used = 1

// table returns the index of the table for a mark, by its high bits.
func (m Mark) table() int { return int(m >> (64 - tableBits)) }

// kept returns what a table keeps of a mark: its low bits, without the one that is the flag.
func (m Mark) kept() uint32 { return uint32(m) &^ used }

// bucketSize is the size of a bucket in bytes.
const bucketSize = 192

type entry struct {
	Digest
	end uint32
}

// pair returns the two buckets for a mark, which may be the same.
func (t *table) pair(m Mark) [2]*bucket {
	last := uint32(len(t.buckets) - 1)
	return [2]*bucket{&t.buckets[m.kept()>>1&last], &t.buckets[m.kept()>>16&last]}
}

func (t *table) mayHave(m Mark) bool {
	if len(t.buckets) == 0 {
		return false
	}
	for _, b := range t.pair(m) {
		for i := range ways {
			if b.mark[i]&^used == m.kept() { // or the place is empty and the mark is 0, which costs a digest
				return true
			}
		}
	}
	return false
}

func (t *table) has(d Digest, now uint32) bool {
	if len(t.buckets) == 0 {
		return false
	}
	for _, b := range t.pair(d.mark) {
		if i := b.find(d); i >= 0 {
			if now >= b.end[i] {
				return false
			}
			if b.mark[i]&used == 0 { // not written again, so that cores do not compete for the line
				b.mark[i] |= used
			}
			return true
		}
	}
	return false
}

// find returns the place of a digest, or -1. It compares the mark first, since that is on the line that has the end. An empty
// place, which has zeros, counts as one whose end has passed.
func (b *bucket) find(d Digest) int {
	for i := range ways {
		if b.mark[i]&^used == d.mark.kept() && b.low[i] == d.low && b.high[i] == d.high {
			return i
		}
	}
	return -1
}

// set puts an entry into a place.
func (b *bucket) set(i int, e entry) {
	b.mark[i], b.end[i], b.low[i], b.high[i] = e.mark.kept(), e.end, e.low, e.high
}

func (t *table) add(e entry, now uint32, maxBuckets int) {
	if len(t.buckets) == 0 {
		t.buckets = make([]bucket, 1)
	}
	for _, b := range t.pair(e.mark) {
		if i := b.find(e.Digest); i >= 0 { // its end is the same, unless the rules have another leeway
			b.end[i] = e.end
			return
		}
	}
	for !t.put(e, now) {
		if len(t.buckets) >= maxBuckets {
			t.replace(e)
			return
		}
		t.resize(2 * len(t.buckets))
	}
}

// put puts an entry into a free place of the bucket that has more of them. It reports whether there is one.
func (t *table) put(e entry, now uint32) bool {
	pair := t.pair(e.mark)
	i, n := pair[0].free(now)
	if j, m := pair[1].free(now); m > n {
		pair[1].set(j, e)
		return true
	}
	if n == 0 {
		return false
	}
	pair[0].set(i, e)
	return true
}

// free returns a place whose entry has ended, and the number of such places.
func (b *bucket) free(now uint32) (at, n int) {
	for i := range ways {
		if b.end[i] <= now {
			at = i
			n++
		}
	}
	return at, n
}

// replace puts an entry into a place whose entry has not been used. If all have been, it clears their flags and takes one of
// them.
func (t *table) replace(e entry) {
	pair := t.pair(e.mark)
	t.hand++
	for k := range 2 * ways {
		at := (int(t.hand) + k) % (2 * ways)
		if b := pair[at/ways]; b.mark[at%ways]&used == 0 {
			b.set(at%ways, e)
			return
		}
	}
	for _, b := range pair {
		for i := range ways {
			b.mark[i] &^= used
		}
	}
	at := int(t.hand) % (2 * ways)
	pair[at/ways].set(at%ways, e)
}

// resize moves all entries to another number of buckets. An entry that finds no place there is dropped: its text will be verified
// again.
func (t *table) resize(buckets int) {
	old := t.buckets
	t.buckets = make([]bucket, buckets)
	for k := range old {
		b := &old[k]
		for i := range ways {
			if b.end[i] != 0 {
				t.put(entry{Digest{b.high[i], b.low[i], Mark(b.mark[i])}, b.end[i]}, 0)
			}
		}
	}
}

// tidy drops the entries that have ended, clears the flags of all others, makes the table smaller if less than a quarter of it is
// in use, and returns the number of entries. Without their flags, entries that nobody looks for any more are replaced first, such
// as those of a verifier that is gone.
func (t *table) tidy(now uint32) (count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.buckets {
		b := &t.buckets[k]
		for i := range ways {
			b.mark[i] &^= used
			if b.end[i] <= now {
				b.set(i, entry{})
				continue
			}
			count++
		}
	}
	buckets := len(t.buckets)
	for buckets > 1 && 4*count < buckets*ways {
		buckets /= 2
	}
	switch {
	case count == 0:
		t.buckets = nil
	case buckets < len(t.buckets):
		t.resize(buckets)
	}
	return count
}
