package digests

import (
	"sync"
	"sync/atomic"
	"time"
)

// Set is a bounded set of digests, each of which is found until its end. It is safe for concurrent use. Make one with New.
type Set struct {
	maxBuckets int // of a table
	tables     atomic.Pointer[[tableCount]table]
	mu         sync.Mutex   // held while tables is made
	armed      atomic.Int64 // when the timer fires, in nanoseconds since 1970; 0: it is not running
}

const (
	tableBits  = 10
	tableCount = 1 << tableBits
)

// New returns a set whose entries take at most so many bytes, or one bucket in each table if that is more. The set allocates
// nothing before the first Add.
func New(bytes int) *Set {
	s := &Set{maxBuckets: 1}
	for s.maxBuckets <= bytes/(2*tableCount*bucketSize) {
		s.maxBuckets *= 2
	}
	return s
}

// MayHave reports whether a digest with a mark may be in the set. It takes a fraction of the time that making a digest takes, so
// it is asked first. If it returns false, no such digest is in the set. It returns true for fewer than one in 100,000 of the
// texts that are not in the set.
func (s *Set) MayHave(m Mark) bool {
	tables := s.tables.Load()
	if tables == nil {
		return false
	}
	t := &tables[m.table()]
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mayHave(m)
}

// Has reports whether a digest is in the set and its end has not passed.
func (s *Set) Has(d Digest, now time.Time) bool {
	tables := s.tables.Load()
	if tables == nil {
		return false
	}
	t := &tables[d.mark.table()]
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.has(d, seconds(now))
}

// Add adds a digest with its end, or sets the end of one that is there. A digest for which the set has no place replaces another
// one: one whose end has passed, or else one that Has has not found since it was added or since the last Tidy, or else any.
func (s *Set) Add(d Digest, end, now time.Time) {
	until, second := secondsUp(end), seconds(now)
	if until <= second {
		return
	}
	t := &s.allTables()[d.mark.table()]
	t.mu.Lock()
	t.add(entry{d, until}, second, s.maxBuckets)
	t.mu.Unlock()
	s.arm()
}

// allTables returns the tables. It makes them for the first Add.
func (s *Set) allTables() *[tableCount]table {
	if tables := s.tables.Load(); tables != nil {
		return tables
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables.Load() == nil {
		s.tables.Store(new([tableCount]table))
	}
	return s.tables.Load()
}

// seconds returns t in whole seconds since 1970, or the nearest number of 32 bits. They end in 2106.
func seconds(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), maxSecond)) }

// secondsUp is seconds rounded up, so that a text with a fraction of a second left is still found.
func secondsUp(t time.Time) uint32 { return seconds(t.Add(time.Second - 1)) }

const maxSecond = 1<<32 - 1

// tidyInterval is the time between two calls of Tidy while the set has entries.
const tidyInterval = time.Minute

// arm starts the timer unless it is running. A timer that was started inside a bubble of testing/synctest never fires after the
// bubble has ended, so a timer that is late by an interval is replaced. Each start makes a new timer, since the timer of a bubble
// cannot be reset outside.
func (s *Set) arm() {
	now, old := time.Now(), s.armed.Load()
	if old != 0 && now.UnixNano() < old+int64(tidyInterval) {
		return
	}
	next := now.Add(tidyInterval).UnixNano()
	if !s.armed.CompareAndSwap(old, next) {
		return
	}
	time.AfterFunc(tidyInterval, func() {
		if s.armed.CompareAndSwap(next, 0) && s.Tidy(time.Now()) > 0 { // a timer that was replaced does nothing
			s.arm()
		}
	})
}

// Tidy drops the digests whose end has passed, frees memory that the others do not need, and returns the number of digests in
// the set. It locks one table at a time.
func (s *Set) Tidy(now time.Time) (count int) {
	tables := s.tables.Load()
	if tables == nil {
		return 0
	}
	second := seconds(now)
	for i := range tables {
		count += tables[i].tidy(second)
	}
	return count
}
