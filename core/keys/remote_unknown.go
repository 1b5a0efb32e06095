package keys

import (
	"hash/maphash"
	"time"
)

// maxUnknown limits each set of unknown ids, because anyone can make up ids.
const maxUnknown = 1024

// unknownIDs remembers which ids were asked for and not found. It reports whether the last document was requested after an id was
// first asked for, and lacks it: only then is a token refused for its id. An id for which there is no space is not refused.
type unknownIDs struct {
	seed    maphash.Seed
	asked   map[uint64]bool // since the last fetch began
	covered map[uint64]bool // before the running fetch began
	lacking map[uint64]bool // before the fetch of the last good document began, or removed by it; the document lacks them
	since   time.Time       // the begin of the fetch of the last good document
}

func newUnknownIDs() *unknownIDs {
	return &unknownIDs{seed: maphash.MakeSeed(), asked: map[uint64]bool{}}
}

// number returns a hash of the id, or of the algorithm if the token has no id. The ids themselves are not kept: they may be long.
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

// fetchFailed keeps the ids for the next fetch.
func (u *unknownIDs) fetchFailed() {
	asked := u.asked
	u.asked, u.covered = u.covered, nil
	for id := range asked {
		u.ask(id)
	}
}

// fetched records a good document. An id that the document has may remain in lacking: it is found, so it is not looked up here.
func (u *unknownIDs) fetched(began time.Time) { u.lacking, u.covered, u.since = u.covered, nil, began }

// remove records the ids that the document of the running fetch lacks and the one before has, which nobody need have asked for.
// There is always space for them: a document has at most maxRemoteKeys.
func (u *unknownIDs) remove(before, now []*Key) {
	here := map[string]bool{}
	for _, k := range now {
		here[k.id] = true
	}
	for _, k := range before {
		if !here[k.id] {
			u.covered[u.number(k.id, "")] = true
		}
	}
}

// isLacking reports whether the last good document lacks an id that was asked for before its fetch began. The document must be
// younger than maxAge, or its fetch must have begun at waitedFor: whoever waited for a slow answer may use it.
func (u *unknownIDs) isLacking(id uint64, maxAge time.Duration, waitedFor time.Time) bool {
	return u.lacking[id] && (time.Since(u.since) < maxAge || u.since.Equal(waitedFor))
}
