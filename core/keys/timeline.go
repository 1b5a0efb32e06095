package keys

import (
	"maps"
	"slices"
	"sort"
	"sync/atomic"
	"time"
)

// timeline is a set of keys that changes with the clock alone: at each turn the validity of a certificate begins or has
// ended. Between two turns lies a phase. What is found, and under which generation, depends on the phase and on nothing else,
// so all processes with the same keys and the same time agree, and a clock that steps back brings the former generation back
// together with its keys.
type timeline struct {
	all   []*Key
	turns []time.Time // in order, none twice
	now   func() time.Time
	last  atomic.Pointer[phase]
}

type phase struct {
	index
	number   uint64    // of the turns before it
	from, to time.Time // to is zero after the last turn
}

// turns are the first moments at which keys are valid, and the first at which they are not any more.
func turns(all []*Key) (moments []time.Time) {
	for _, k := range all {
		if k.valid.limited {
			moments = append(moments, k.valid.first, k.valid.last.Add(1))
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// validAt are the keys that are valid at a moment, with their places in all.
func validAt(all []*Key, moment time.Time) (valid []*Key, places []int) {
	for i, k := range all {
		if k.valid.check(moment) == nil {
			valid, places = append(valid, k), append(places, i)
		}
	}
	return valid, places
}

// algorithms are those of the phase of this moment, and of all that come.
func (t *timeline) algorithms() []string {
	now := t.now()
	possible, found := map[string]bool{}, map[string]bool{}
	for _, k := range t.all {
		if k.expired(now) == nil {
			collect(possible, k)
		}
	}
	coming := sort.Search(len(t.turns), func(i int) bool { return t.turns[i].After(now) })
	for _, moment := range append([]time.Time{now}, t.turns[coming:]...) {
		if len(found) == len(possible) {
			break
		}
		valid, _ := validAt(t.all, moment)
		kept, _ := resolve(valid)
		collect(found, kept...)
	}
	return slices.Sorted(maps.Keys(found))
}

func collect(algorithms map[string]bool, from ...*Key) {
	for _, k := range from {
		for _, a := range k.algorithms {
			algorithms[a] = true
		}
	}
}

// phase is the one of this moment. It is made once, by whoever comes first; two that come first at once make it twice.
func (t *timeline) phase() *phase {
	now := t.now()
	if p := t.last.Load(); p != nil && !now.Before(p.from) && (p.to.IsZero() || now.Before(p.to)) {
		return p
	}
	passed := sort.Search(len(t.turns), func(i int) bool { return t.turns[i].After(now) })
	p := &phase{number: uint64(passed)}
	if passed > 0 {
		p.from = t.turns[passed-1]
	}
	if passed < len(t.turns) {
		p.to = t.turns[passed]
	}
	valid, _ := validAt(t.all, now)
	kept, _ := resolve(valid)
	p.index = newIndex(kept)
	t.last.Store(p)
	return p
}
