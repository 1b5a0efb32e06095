package keys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Store gives out verification keys. It is safe for concurrent use.
type Store interface {
	// Find returns the keys that may verify a token. With a kid that is the one key of that exact id; without one
	// (empty) all keys that fit the algorithm. It fails with ErrUnknownKey, ErrNoFittingKey or ErrUnavailable. The
	// slice is shared: do not change it.
	Find(ctx context.Context, kid, algorithm string) ([]*Key, error)
	// Generation is a number that changes when the content of the keys does, and not otherwise: together with what Find
	// gives, or right after it. Tokens that were verified are known until it changes, so a store that takes a key away and
	// keeps its generation leaves that key's tokens good until they expire.
	Generation() uint64
	// Close ends what the store runs in the background. It may be called more than once.
	Close() error
}

var (
	// ErrUnknownKey says that no key has the kid of the token.
	ErrUnknownKey = errors.New("keys: no key has that id")
	// ErrNoFittingKey says that there are keys, but none for the algorithm.
	ErrNoFittingKey = errors.New("keys: no key fits the algorithm")
	// ErrUnavailable says that the keys cannot be had, so a token can be neither accepted nor refused.
	ErrUnavailable = errors.New("keys: the keys cannot be had")
)

// Set is an immutable set of keys, and a [Store] of itself. Finding a key does not take longer the more there are, but for
// the processor's caches, and allocates nothing. Verifying a token without a kid may take a try with each key of its
// algorithm: give the keys ids where there are more than a few, since such a token is refused where there are more than 32.
type Set struct {
	byID        map[string]*Key
	byAlgorithm map[string][]*Key
}

// Static is the store of keys that never change. Two keys with one id are an error, and so is no key at all.
func Static(all ...*Key) (*Set, error) {
	if len(all) == 0 {
		return nil, errors.New("keys: Static needs at least one key")
	}
	s := &Set{byID: map[string]*Key{}, byAlgorithm: map[string][]*Key{}}
	for i, k := range all {
		if k == nil || k.material == nil {
			return nil, fmt.Errorf("keys: key %d is nil: make it with Public, Secret, ParsePEM or ParseJWKS", i+1)
		}
		if k.id != "" {
			if s.byID[k.id] != nil {
				return nil, fmt.Errorf("keys: key %d has the id of an earlier one", i+1)
			}
			s.byID[k.id] = k
		}
		for _, a := range k.algorithms {
			s.byAlgorithm[a] = append(s.byAlgorithm[a], k)
		}
	}
	return s, nil
}

// Find implements [Store].
func (s *Set) Find(_ context.Context, kid, algorithm string) ([]*Key, error) {
	if kid == "" {
		if found := s.byAlgorithm[algorithm]; found != nil {
			return found, nil
		}
		return nil, ErrNoFittingKey
	}
	found := s.byID[kid]
	switch {
	case found == nil:
		return nil, ErrUnknownKey
	case !found.Verifies(algorithm):
		return nil, ErrNoFittingKey
	}
	return found.alone[:], nil
}

// Algorithms lists what the keys are for, sorted. A provider whose configuration allows none of it is an error at start; a
// Store of your own is checked likewise where it has this method.
func (s *Set) Algorithms() []string { return slices.Sorted(maps.Keys(s.byAlgorithm)) }

// Generation implements [Store]: it never changes.
func (s *Set) Generation() uint64 { return 1 }

// Close implements [Store]: there is nothing to end.
func (s *Set) Close() error { return nil }
