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

// Store finds verification keys. Its methods must be safe for concurrent use.
type Store interface {
	// Find returns the keys that may verify a token. If kid is not empty, that is the one key with exactly that id that is for
	// the algorithm. If kid is empty, it is all keys that are for the algorithm. Find fails with ErrUnknownKey, ErrNoFittingKey
	// or, if there is no key at all, ErrUnavailable. The slice is shared: do not change it.
	Find(ctx context.Context, kid, algorithm string) ([]*Key, error)
	// Generation returns a number that changes whenever the results of Find change: at the same time, or right after. It may
	// change at other times, too: it does so when the validity of a certificate begins or ends, even if the same key is there
	// without a certificate. Verified tokens are cached until it changes. So a store that removes a key without changing its
	// generation leaves that key's tokens good until they expire, and a store that changes it needlessly makes all tokens be
	// verified again.
	Generation() uint64
	// Close stops what the store runs in the background. It may be called more than once.
	Close() error
}

var (
	// ErrUnknownKey is returned by Find if no key has the kid of the token.
	ErrUnknownKey = errors.New("keys: no key has that id")
	// ErrNoFittingKey is returned by Find if there are keys, but none that is for the algorithm.
	ErrNoFittingKey = errors.New("keys: no key fits the algorithm")
	// ErrUnavailable is returned by Find if the keys cannot be obtained, or if none is usable now. A token can then be neither
	// accepted nor refused.
	ErrUnavailable = errors.New("keys: the keys are not available")
)

// Set is an immutable set of keys. It is a [Store]. A key of a certificate is found only while the certificate is valid; only a
// set with such a key reads the clock.
//
// The time of Find does not depend on the number of keys, apart from effects of the processor's caches, and Find allocates
// nothing, except in the first call after the validity of a certificate has begun or ended. A token without a kid may have to be
// verified with every key of its algorithm, and is refused if there are more than 32 of them. Give the keys ids if there are more
// than a few.
type Set struct {
	index                     // used if there is no timeline
	timeline        *timeline // nil if no key has a limited validity
	firstGeneration uint64    // the generation before the first boundary of the timeline
}

// Static returns a store of fixed keys. Keys of certificates are found only while those are valid. Keys may share an id if they
// are for different algorithms. A key that is given twice is one key, for the algorithms that are named for it. It is an error if
// two different keys have the same id and an algorithm in common at any time, or if there is no key.
func Static(all ...*Key) (*Set, error) {
	if len(all) == 0 {
		return nil, errors.New("keys: Static needs at least one key")
	}
	for i, k := range all {
		if k == nil || k.Material() == nil {
			return nil, fmt.Errorf("keys: key %d is nil: make it with Public, Secret, ParsePEM or ParseJWKS", i+1)
		}
	}
	if err := checkConflicts(all); err != nil {
		return nil, err
	}
	return newSet(all, time.Now, 1), nil
}

// checkConflicts returns an error for two keys that are in conflict at any time. It checks each group of keys with the same id at
// every instant at which the group changes.
func checkConflicts(all []*Key) error {
	groups := map[string][]int{}
	for i, k := range all {
		groups[k.id] = append(groups[k.id], i)
	}
	for i, k := range all { // in order, so that the error is deterministic
		positions := groups[k.id]
		if k.id == "" || len(positions) < 2 || positions[0] != i {
			continue
		}
		group := make([]*Key, len(positions))
		for j, position := range positions {
			group[j] = all[position]
		}
		for _, instant := range append(boundaries(group), time.Time{}) {
			valid, at := validAt(group, instant)
			if _, conflicts := resolve(valid); len(conflicts) > 0 {
				return fmt.Errorf("keys: key %d has the id of an earlier one but is a different key, and both are for %s",
					positions[at[conflicts[0].second]]+1, strings.Join(conflicts[0].algorithms, ", "))
			}
		}
	}
	return nil
}

// newSet returns the set of all keys that are not in conflict. now is the clock for their validity, and generation the first
// generation of the set.
func newSet(all []*Key, now func() time.Time, generation uint64) *Set {
	s := &Set{firstGeneration: generation}
	if boundaries := boundaries(all); boundaries != nil {
		s.timeline = &timeline{all: slices.Clone(all), boundaries: boundaries, now: now}
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
		return nil, x.notFound(ErrNoFittingKey)
	}
	found := x.byID[kid]
	switch {
	case found == nil:
		return nil, x.notFound(ErrUnknownKey)
	case found.Verifies(algorithm):
		return found.self[:], nil
	}
	for _, k := range x.more[kid] { // there are few, since each is for other algorithms
		if k.Verifies(algorithm) {
			return k.self[:], nil
		}
	}
	return nil, ErrNoFittingKey
}

// Algorithms returns the algorithms for which a key is found now, or will be after the validity of a certificate has begun or
// ended. The list is sorted. It is an error to configure a provider that allows none of them. A Store of your own may have this
// method to get the same check.
func (s *Set) Algorithms() []string {
	if s.timeline != nil {
		return s.timeline.algorithms()
	}
	return slices.Sorted(maps.Keys(s.byAlgorithm))
}

// Generation implements [Store]. It changes only when the validity of a certificate begins or ends.
func (s *Set) Generation() uint64 {
	if s.timeline != nil {
		return s.firstGeneration + s.timeline.phase().number
	}
	return s.firstGeneration
}

// nextGeneration returns a generation that this set never has.
func (s *Set) nextGeneration() uint64 {
	if s.timeline != nil {
		return s.firstGeneration + uint64(len(s.timeline.boundaries)) + 1
	}
	return s.firstGeneration + 1
}

// Close implements [Store]. It does nothing.
func (s *Set) Close() error { return nil }

// Format implements [fmt.Formatter]. It writes the name of the type for every verb, and nothing of the keys.
func (s Set) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keys.Set") }

// index finds keys by id and algorithm. No two of its keys have both in common.
type index struct {
	byID        map[string]*Key   // the first key of each id
	more        map[string][]*Key // the other keys of an id
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

// notFound returns err, or ErrUnavailable if there is no key at all.
func (x *index) notFound(err error) error {
	if len(x.byAlgorithm) == 0 {
		return ErrUnavailable
	}
	return err
}
