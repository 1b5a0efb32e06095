package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Store gives out verification keys. It is safe for concurrent use.
type Store interface {
	// Find returns the keys that may verify a token. With a kid that is the one key of that exact id and algorithm; without
	// one (empty) all keys that fit the algorithm. It fails with ErrUnknownKey, ErrNoFittingKey or, where there is no key at
	// all, ErrUnavailable. The slice is shared: do not change it.
	Find(ctx context.Context, kid, algorithm string) ([]*Key, error)
	// Generation is a number that changes whenever the keys that Find gives do: together with them, or right after. It may
	// change at other times, too, as it does at the begin and the end of a certificate's validity though the key is also there
	// without the certificate. Tokens that were verified are known until it changes, so a store that takes a key away and keeps
	// its generation leaves that key's tokens good until they expire, and one that changes it for nothing has them all verified
	// again.
	Generation() uint64
	// Close ends what the store runs in the background. It may be called more than once.
	Close() error
}

var (
	// ErrUnknownKey says that no key has the kid of the token.
	ErrUnknownKey = errors.New("keys: no key has that id")
	// ErrNoFittingKey says that there are keys, but none for the algorithm.
	ErrNoFittingKey = errors.New("keys: no key fits the algorithm")
	// ErrUnavailable says that the keys cannot be had, or that none is usable now, so a token can be neither accepted nor
	// refused.
	ErrUnavailable = errors.New("keys: the keys cannot be had")
)

// Set is an immutable set of keys, and a [Store] of itself. Keys of certificates are found while those are valid; only a set
// with such a key looks at the clock. Finding a key does not take longer the more there are, but for the processor's caches,
// and allocates nothing, except for the first search after a certificate has become valid or has ended. Verifying a token
// without a kid may take a try with each key of its algorithm: give the keys ids where there are more than a few, since such a
// token is refused where there are more than 32.
type Set struct {
	index               // where there is no timeline
	timeline  *timeline // nil: no key has a validity
	firstTurn uint64    // the generation before the first turn of the timeline
}

// Static is the store of keys that never change, except that keys of certificates come and go with their validity. Keys may
// share an id when they are for different algorithms. One key given twice is one key, for the algorithms that are named for it.
// Two different keys with one id and an algorithm in common are an error, and so is no key at all.
func Static(all ...*Key) (*Set, error) {
	if len(all) == 0 {
		return nil, errors.New("keys: Static needs at least one key")
	}
	for i, k := range all {
		if k == nil || k.Material() == nil {
			return nil, fmt.Errorf("keys: key %d is nil: make it with Public, Secret, ParsePEM or ParseJWKS", i+1)
		}
	}
	if err := checkDisputes(all); err != nil {
		return nil, err
	}
	return newSet(all, time.Now, 1), nil
}

// checkDisputes looks at each group of keys with one id, at every moment at which it changes.
func checkDisputes(all []*Key) error {
	groups := map[string][]int{}
	for i, k := range all {
		groups[k.id] = append(groups[k.id], i)
	}
	for i, k := range all { // in order, for an error that is always the same
		places := groups[k.id]
		if k.id == "" || len(places) < 2 || places[0] != i {
			continue
		}
		group := make([]*Key, len(places))
		for j, place := range places {
			group[j] = all[place]
		}
		for _, moment := range append(turns(group), time.Time{}) {
			valid, at := validAt(group, moment)
			if _, disputes := resolve(valid); len(disputes) > 0 {
				return fmt.Errorf("keys: key %d has the id of an earlier one, is another key, and is for %s, too",
					places[at[disputes[0].second]]+1, strings.Join(disputes[0].algorithms, ", "))
			}
		}
	}
	return nil
}

// newSet takes the clock of keys with a validity, and the number that the generations begin with. Keys that are in dispute are
// left out.
func newSet(all []*Key, now func() time.Time, generation uint64) *Set {
	s := &Set{firstTurn: generation}
	if turns := turns(all); turns != nil {
		s.timeline = &timeline{all: slices.Clone(all), turns: turns, now: now}
		return s
	}
	kept, _ := resolve(all)
	s.index = newIndex(kept)
	return s
}

// Find implements [Store].
func (s *Set) Find(_ context.Context, kid, algorithm string) ([]*Key, error) {
	x := &s.index
	if s.timeline != nil {
		x = &s.timeline.phase().index
	}
	if kid == "" {
		if found := x.byAlgorithm[algorithm]; found != nil {
			return found, nil
		}
		return nil, x.without(ErrNoFittingKey)
	}
	found := x.byID[kid]
	switch {
	case found == nil:
		return nil, x.without(ErrUnknownKey)
	case found.Verifies(algorithm):
		return found.alone[:], nil
	}
	for _, k := range x.more[kid] { // each is for other algorithms, so they are few
		if k.Verifies(algorithm) {
			return k.alone[:], nil
		}
	}
	return nil, ErrNoFittingKey
}

// Algorithms lists for what a key is found now, or will be when a certificate has become valid or another one has ended. The
// list is sorted. A provider whose configuration allows none of them is an error at start; a Store of your own is checked
// likewise where it has this method.
func (s *Set) Algorithms() []string {
	if s.timeline != nil {
		return s.timeline.algorithms()
	}
	return slices.Sorted(maps.Keys(s.byAlgorithm))
}

// Generation implements [Store]: it changes with the validity of certificates only.
func (s *Set) Generation() uint64 {
	if s.timeline != nil {
		return s.firstTurn + s.timeline.phase().number
	}
	return s.firstTurn
}

// nextGeneration is one that this set never has.
func (s *Set) nextGeneration() uint64 {
	if s.timeline != nil {
		return s.firstTurn + uint64(len(s.timeline.turns)) + 1
	}
	return s.firstTurn + 1
}

// Close implements [Store]: there is nothing to end.
func (s *Set) Close() error { return nil }

// Format writes the name of the type for every verb of package fmt, and nothing of the keys.
func (s Set) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keys.Set") }

// index finds keys of which no two have one id and one algorithm.
type index struct {
	byID        map[string]*Key   // the first of each id
	more        map[string][]*Key // the others
	byAlgorithm map[string][]*Key
}

func newIndex(kept []*Key) index {
	x := index{byID: map[string]*Key{}, byAlgorithm: map[string][]*Key{}}
	for _, k := range kept {
		switch {
		case k.id == "":
		case x.byID[k.id] == nil:
			x.byID[k.id] = k
		default:
			if x.more == nil {
				x.more = map[string][]*Key{}
			}
			x.more[k.id] = append(x.more[k.id], k)
		}
		for _, a := range k.algorithms {
			x.byAlgorithm[a] = append(x.byAlgorithm[a], k)
		}
	}
	return x
}

// without is err, unless there is no key at all.
func (x *index) without(err error) error {
	if len(x.byAlgorithm) == 0 {
		return ErrUnavailable
	}
	return err
}
