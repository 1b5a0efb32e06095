package issuers

import (
	"hash/maphash"
	"slices"
	"time"
)

// budget bounds how many calls begin: a number per second on average, and twice that number at once. It is not safe for
// concurrent use.
//
// Issuers that were refused before and come again may use all of it, others only the half above. So made-up issuers, each of
// which comes once, do not keep a real one out, which comes again.
type budget struct {
	perSecond float64
	left      float64
	last      time.Time
	seed      maphash.Seed
	refused   [][ways]uint32 // marks of issuers that were refused, the latest first, in sets that their hashes choose
}

// The memory for marks, 256 KiB, is taken when the first issuer is refused. An issuer is forgotten when four others have come to
// its set: with 10,000 others in the second after which it comes again, that is one in 300.
const (
	sets = 1 << 14
	ways = 4
)

func newBudget(perSecond int) budget {
	return budget{perSecond: float64(perSecond), left: 2 * float64(perSecond), seed: maphash.MakeSeed()}
}

// take takes one call for an issuer from the budget, or returns the time after which to come again.
func (b *budget) take(issuer []byte, now time.Time) (wait time.Duration, ok bool) {
	if !b.last.IsZero() {
		b.left = min(2*b.perSecond, b.left+b.perSecond*now.Sub(b.last).Seconds())
	}
	b.last = now
	hash := maphash.Bytes(b.seed, issuer)
	again := b.wasRefused(hash)
	if again && b.left >= 1 || b.left >= 1+b.perSecond {
		b.left--
		return 0, true
	}
	if !again {
		b.noteRefusal(hash)
	}
	return time.Duration(max(0, 1-b.left) / b.perSecond * float64(time.Second)), false
}

func (b *budget) wasRefused(hash uint64) bool {
	return b.refused != nil && slices.Contains(b.refused[hash%sets][:], mark(hash))
}

func (b *budget) noteRefusal(hash uint64) {
	if b.refused == nil {
		b.refused = make([][ways]uint32, sets)
	}
	set := &b.refused[hash%sets]
	copy(set[1:], set[:])
	set[0] = mark(hash)
}

// mark returns what stands for a hash in its set. It is never 0, which stands for nothing.
func mark(hash uint64) uint32 { return uint32(hash>>32) | 1 }
