package keys

import (
	"hash/maphash"
	"time"
)

// maxUnknown bounds each set of ids that tokens named and no key has. Anybody can make up ids.
const maxUnknown = 1024

// unknownIDs remembers what tokens asked for and the key set did not have, to answer one question: does a document that was
// asked for later than this id lack it? Only then is a token refused for its id. An id that does not fit in here is not known to
// be lacking.
type unknownIDs struct {
	seed    maphash.Seed
	asked   map[uint64]bool // since the last fetch began
	covered map[uint64]bool // before the fetch that is running began
	lacking map[uint64]bool // before the fetch of the last good document began, which lacks them
	since   time.Time       // when that fetch began
}

func newUnknownIDs() *unknownIDs {
	return &unknownIDs{seed: maphash.MakeSeed(), asked: map[uint64]bool{}}
}

// number stands for an id, or for an algorithm where a token has no id. The ids are not kept, since they may be long.
func (u *unknownIDs) number(kid, algorithm string) uint64 {
	if kid != "" {
		algorithm = ""
	}
	return maphash.Comparable(u.seed, [2]string{kid, algorithm})
}

func (u *unknownIDs) ask(id uint64) {
	if len(u.asked) < maxUnknown {
		u.asked[id] = true
	}
}

func (u *unknownIDs) fetchBegins() { u.covered, u.asked = u.asked, map[uint64]bool{} }

// fetchFailed lets the ids wait for the next fetch.
func (u *unknownIDs) fetchFailed() {
	asked := u.asked
	u.asked, u.covered = u.covered, nil
	for id := range asked {
		u.ask(id)
	}
}

// fetched takes note of a good document. Those of the ids that it has are not asked for here any more.
func (u *unknownIDs) fetched(began time.Time) { u.lacking, u.covered, u.since = u.covered, nil, began }

// isLacking reports whether the last good document lacks an id that was asked for before. The document must be younger than
// maxAge, or the one that somebody has waited for whose fetch began at that time.
func (u *unknownIDs) isLacking(id uint64, maxAge time.Duration, waitedFor time.Time) bool {
	return u.lacking[id] && (time.Since(u.since) < maxAge || u.since.Equal(waitedFor))
}
