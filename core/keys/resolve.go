package keys

import (
	"maps"
	"slices"
	"strings"
)

// conflict is a pair of different keys with the same id and algorithms in common. Neither is used for those algorithms, since
// there is no telling which one was meant, unless the second yields to the first.
type conflict struct {
	first, second int      // positions of the keys
	algorithms    []string // in common
	yields        bool
}

// resolve merges keys that occur more than once, and removes from different keys with the same id the algorithms that they have
// in common. Keys for different algorithms may share an id (RFC 7517, section 4.5).
func resolve(all []*Key) (kept []*Key, conflicts []conflict) {
	type identity struct {
		id          string
		fingerprint fingerprint
	}
	known := map[identity]int{}
	var positions []int
	for i, k := range all {
		key := identity{k.id, k.hidden().fingerprint}
		if at, ok := known[key]; ok {
			kept[at] = merge(kept[at], k)
			continue
		}
		known[key] = len(kept)
		kept, positions = append(kept, k), append(positions, i)
	}
	lost := findConflicts(kept, positions, &conflicts)
	if len(conflicts) == 0 {
		return kept, nil
	}
	for i, k := range kept {
		remaining := slices.DeleteFunc(slices.Clone(k.algorithms), func(a string) bool { return lost[use{k.id, a, k.yields}] })
		if len(remaining) < len(k.algorithms) {
			kept[i] = k.withAlgorithms(remaining, k.stated)
		}
	}
	return slices.DeleteFunc(kept, func(k *Key) bool { return len(k.algorithms) == 0 }), conflicts
}

// use is a pair of id and algorithm that a token may ask for, among the keys that yield or among the others.
type use struct {
	id, algorithm string
	yields        bool
}

// findConflicts appends to conflicts, and returns the uses that no key may have because of them. A key that yields loses to a key
// that does not, and never the other way round.
func findConflicts(kept []*Key, positions []int, conflicts *[]conflict) map[use]bool {
	owner, lost := map[use]int{}, map[use]bool{}
	claim := func(i int) {
		k, common := kept[i], map[int][]string{} // by the index of the other key
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
			common[first] = append(common[first], a)
		}
		for _, first := range slices.Sorted(maps.Keys(common)) {
			yields := k.yields && !kept[first].yields
			*conflicts = append(*conflicts, conflict{positions[first], positions[i], common[first], yields})
		}
	}
	for _, yields := range []bool{false, true} {
		for i, k := range kept {
			if k.yields == yields && k.id != "" { // keys without an id do not compete: a token without a kid is tried with each
				claim(i)
			}
		}
	}
	return lost
}

// merge returns one key for two that have the same id and material. If both name algorithms, it is for all of them. If only one
// does, it is for those: the other may be a PEM file, which cannot name any.
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
	merged := a.withAlgorithms(algorithms, stated)
	merged.yields = yields
	return merged
}

// keyContent identifies a key, with all that decides when it is found.
type keyContent struct {
	id, algorithms string
	valid          period
	fingerprint    fingerprint
	yields         bool
}

// contents returns a set that is equal for two lists if the same keys can be found in them for the same algorithms at the same
// times. Order and repetitions do not matter.
func contents(all []*Key) map[keyContent]bool {
	set := make(map[keyContent]bool, len(all))
	for _, k := range all {
		c := keyContent{id: k.id, fingerprint: k.hidden().fingerprint, yields: k.yields}
		c.algorithms = strings.Join(slices.Sorted(slices.Values(k.algorithms)), " ")
		if c.valid = k.valid; c.valid.limited {
			c.valid.first, c.valid.last = c.valid.first.UTC(), c.valid.last.UTC()
		}
		set[c] = true
	}
	return set
}
