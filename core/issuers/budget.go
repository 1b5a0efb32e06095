package issuers

import (
	"hash/maphash"
	"time"
)

// budget bounds how many calls begin: a number per second on average, and twice that number at once. It is not safe for concurrent
// use.
//
// Issuers that were refused before and come again may use all of it, others only the half above. So made-up issuers, of which there
// is always a new one, do not keep a real one out, which comes again.
type budget struct {
	perSecond float64
	left      float64
	last      time.Time
	seed      maphash.Seed
	refused   []uint32 // marks of issuers that were refused, at places that their hashes choose; later ones overwrite earlier ones
}

// marks is how many issuers a budget remembers. One that comes again after a second is found with a probability of 98 % while 1000
// others come in that second, and of 86 % while 10,000 come.
const marks = 1 << 16

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
	at, mark := hash%marks, uint32(hash>>32)|1
	reserve := b.perSecond
	if b.refused != nil && b.refused[at] == mark {
		reserve = 0
	}
	if b.left >= 1+reserve {
		b.left--
		return 0, true
	}
	if b.refused == nil {
		b.refused = make([]uint32, marks)
	}
	b.refused[at] = mark
	return time.Duration(max(0, 1-b.left) / b.perSecond * float64(time.Second)), false
}
