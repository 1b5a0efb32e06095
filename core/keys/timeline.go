package keys

import (
	"maps"
	"slices"
	"sort"
	"sync/atomic"
	"time"
)

// timeline is a set of keys that changes only with the clock. At each boundary the validity of a certificate begins or has ended.
// The time between two boundaries is a phase. The keys that are found and the generation depend on nothing but the phase, so all
// processes with the same keys and the same time agree. If the clock steps back, the former generation comes back together with
// its keys.
type timeline struct {
	all        []*Key
	boundaries []time.Time // sorted, without duplicates
	now        func() time.Time
	last       atomic.Pointer[phase]
}

// phase holds the keys that are valid between two boundaries.
type phase struct {
	index
	number   uint64    // how many boundaries precede it
	from, to time.Time // from is zero before the first boundary, to after the last one
}

// boundaries returns the first instants at which keys are valid, and the first instants at which they no longer are.
func boundaries(all []*Key) (instants []time.Time) {
	for _, k := range all {
		if k.valid.limited {
			instants = append(instants, k.valid.first, k.valid.last.Add(1))
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	return slices.CompactFunc(instants, time.Time.Equal)
}

// validAt returns the keys that are valid at an instant, with their positions in all.
func validAt(all []*Key, instant time.Time) (valid []*Key, positions []int) {
	for i, k := range all {
		if k.valid.check(instant) == nil {
			valid, positions = append(valid, k), append(positions, i)
		}
	}
	return valid, positions
}

// algorithms returns the algorithms of the current phase and of all later ones.
func (t *timeline) algorithms() []string {
	now := t.now()
	possible, found := map[string]bool{}, map[string]bool{}
	for _, k := range t.all {
		if k.checkNotExpired(now) == nil {
			collect(possible, k)
		}
	}
	coming := sort.Search(len(t.boundaries), func(i int) bool { return t.boundaries[i].After(now) })
	for _, instant := range append([]time.Time{now}, t.boundaries[coming:]...) {
		if len(found) == len(possible) {
			break
		}
		valid, _ := validAt(t.all, instant)
		kept, _ := resolve(valid)
		collect(found, kept...)
	}
	return slices.Sorted(maps.Keys(found))
}

// collect adds the algorithms of keys to a set.
func collect(algorithms map[string]bool, from ...*Key) {
	for _, k := range from {
		for _, a := range k.algorithms {
			algorithms[a] = true
		}
	}
}

// phase returns the current phase. The first call in a phase makes it and stores it. Concurrent first calls may each make it,
// with the same result.
func (t *timeline) phase() *phase {
	now := t.now()
	if p := t.last.Load(); p != nil && !now.Before(p.from) && (p.to.IsZero() || now.Before(p.to)) {
		return p
	}
	passed := sort.Search(len(t.boundaries), func(i int) bool { return t.boundaries[i].After(now) })
	p := &phase{number: uint64(passed)}
	if passed > 0 {
		p.from = t.boundaries[passed-1]
	}
	if passed < len(t.boundaries) {
		p.to = t.boundaries[passed]
	}
	valid, _ := validAt(t.all, now)
	kept, _ := resolve(valid)
	p.index = newIndex(kept)
	t.last.Store(p)
	return p
}
