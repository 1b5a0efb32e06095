package keys

import (
	"maps"
	"slices"
	"strings"
)

// dispute is two different keys, by their places, with one id and an algorithm in common. Which one was meant cannot be told,
// unless the second yields to the first.
type dispute struct {
	first, second int
	algorithms    []string
	yields        bool
}

// resolve makes one key of each that is there more than once, and takes from different keys with one id the algorithms that
// they have in common. The id alone is not enough for a dispute: keys of different kinds may share it (RFC 7517, section 4.5).
func resolve(all []*Key) (kept []*Key, disputes []dispute) {
	type identity struct {
		id   string
		mark mark
	}
	known := map[identity]int{}
	var places []int
	for i, k := range all {
		who := identity{k.id, k.inside().mark}
		if at, ok := known[who]; ok {
			kept[at] = merge(kept[at], k)
			continue
		}
		known[who] = len(kept)
		kept, places = append(kept, k), append(places, i)
	}
	lost := disputedBy(kept, places, &disputes)
	if len(disputes) == 0 {
		return kept, nil
	}
	for i, k := range kept {
		free := slices.DeleteFunc(slices.Clone(k.algorithms), func(a string) bool { return lost[use{k.id, a, k.yields}] })
		if len(free) < len(k.algorithms) {
			kept[i] = k.with(free, k.stated)
		}
	}
	return slices.DeleteFunc(kept, func(k *Key) bool { return len(k.algorithms) == 0 }), disputes
}

// use is what a token asks for, of the keys that yield or of the others.
type use struct {
	id, algorithm string
	yields        bool
}

// disputedBy says which uses are lost. A key that yields loses to one that does not, and not the other way round.
func disputedBy(kept []*Key, places []int, disputes *[]dispute) map[use]bool {
	owner, lost := map[use]int{}, map[use]bool{}
	look := func(i int) {
		k, with := kept[i], map[int][]string{}
		for _, a := range k.algorithms {
			u := use{k.id, a, k.yields}
			first, ok := owner[use{k.id, a, false}]
			if !ok {
				first, ok = owner[u]
			}
			if !ok {
				owner[u] = i
				continue
			}
			lost[u] = true
			with[first] = append(with[first], a)
		}
		for _, first := range slices.Sorted(maps.Keys(with)) {
			yields := k.yields && !kept[first].yields
			*disputes = append(*disputes, dispute{places[first], places[i], with[first], yields})
		}
	}
	for _, yields := range []bool{false, true} {
		for i, k := range kept {
			if k.yields == yields && k.id != "" { // a token without a kid is tried with each
				look(i)
			}
		}
	}
	return lost
}

// merge is one key that two sources name. Where both state algorithms it is for all of them; where one does, its statement
// counts, since the other says nothing: a PEM file has no place for it.
func merge(a, b *Key) *Key {
	algorithms, stated := a.algorithms, a.stated
	switch {
	case a.stated == b.stated:
		algorithms = slices.Clone(a.algorithms)
		for _, more := range b.algorithms {
			if !slices.Contains(algorithms, more) {
				algorithms = append(algorithms, more)
			}
		}
	case b.stated:
		algorithms, stated = b.algorithms, true
	}
	yields := a.yields && b.yields
	if slices.Equal(algorithms, a.algorithms) && stated == a.stated && yields == a.yields {
		return a
	}
	merged := a.with(algorithms, stated)
	merged.yields = yields
	return merged
}

// keyContent is what makes a key another one for a token, or at another time.
type keyContent struct {
	id, algorithms string
	valid          period
	mark           mark
	yields         bool
}

// contents are equal for two lists that have the same keys for the same uses and times, in whatever order and how often.
func contents(all []*Key) map[keyContent]bool {
	set := make(map[keyContent]bool, len(all))
	for _, k := range all {
		c := keyContent{id: k.id, mark: k.inside().mark, yields: k.yields}
		c.algorithms = strings.Join(slices.Sorted(slices.Values(k.algorithms)), " ")
		if c.valid = k.valid; c.valid.limited {
			c.valid.first, c.valid.last = c.valid.first.UTC(), c.valid.last.UTC()
		}
		set[c] = true
	}
	return set
}
