package token

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/digests"
	"github.com/microkubes/microkubes-go/core/internal/keyid"
	"github.com/microkubes/microkubes-go/core/keys"
)

// memory remembers the tokens whose signatures a verifier has verified, also after they have left its cache. All verifiers of a
// program share the space. A verifier finds only what it has remembered itself, because its number is part of each digest.
//
// Nothing else of a token is remembered. The header, the claims, the times, the keys and Revoked are checked again, by the same
// code as for any other token. A signature is remembered for one key, with its id and its algorithms, so it is found only while
// the store has that key for the token. If a key is removed, replaced or restricted, the signatures that it has verified are not
// found any more. A key that is added changes nothing for the others.
//
// Tokens that are signed with a secret are not remembered, because checking such a signature is as cheap as a digest.
type memory struct {
	shared *sharedMemory
	number uint64 // of the verifier; no other verifier of the program has it
	now    func() time.Time
}

type sharedMemory struct {
	*digests.Hasher
	*digests.Set
	verifiers atomic.Uint64 // the number of verifiers that have been made
}

// memorySize bounds the shared memory, in bytes. It has two million places, so that a million tokens find one.
const memorySize = 48 << 20

// shared is made for the first verifier with a cache. It takes almost no memory before the first token.
var shared = sync.OnceValue(func() *sharedMemory {
	return &sharedMemory{Hasher: digests.NewHasher(), Set: digests.New(memorySize)}
})

func newMemory(now func() time.Time) *memory {
	s := shared()
	return &memory{shared: s, number: s.verifiers.Add(1), now: now}
}

// trace is what the memory notes of a token that is being verified.
type trace struct {
	mark     digests.Mark
	marked   bool // mark is set
	sum      digests.Sum
	summed   bool      // sum is set
	key      *keys.Key // the key by which the signature has just been verified, or nil
	recalled bool      // the signature was remembered, and not verified again
}

// digest returns the digest of a token and a key. It returns false if tokens that the key verifies are not remembered.
func (m *memory) digest(t *signedToken, key *keys.Key) (d digests.Digest, ok bool) {
	if m == nil {
		return d, false
	}
	fingerprint, ok := keyid.Of(key)
	if !ok {
		return d, false
	}
	if !t.summed {
		t.sum, t.summed = m.shared.Sum(m.markOf(t), m.number, t.Text()), true
	}
	return t.sum.Digest(fingerprint), true
}

// markOf returns the mark of a token.
func (m *memory) markOf(t *signedToken) digests.Mark {
	if !t.marked {
		t.mark, t.marked = m.shared.Mark(m.number, t.Text()), true
	}
	return t.mark
}

// recall reports whether the signature of a token is remembered for one of the keys.
func (m *memory) recall(t *signedToken, candidates []*keys.Key) bool {
	if m == nil || !slices.ContainsFunc(candidates, remembered) || !m.shared.MayHave(m.markOf(t)) {
		return false // a forged token costs no digest, unless it ends like one that is remembered
	}
	now := m.now()
	for _, key := range candidates {
		if d, ok := m.digest(t, key); ok && m.shared.Has(d, now) {
			return true
		}
	}
	return false
}

// remembered reports whether tokens that key verifies are remembered.
func remembered(key *keys.Key) bool {
	_, ok := keyid.Of(key)
	return ok
}

// Remember implements [rememberer].
func (t *signedToken) Remember(end time.Time) {
	if t.key == nil {
		return
	}
	if d, ok := t.memory.digest(t, t.key); ok {
		t.memory.shared.Add(d, end, t.memory.now())
	}
}

// Recalled implements [rememberer].
func (t *signedToken) Recalled() bool { return t.recalled }

// MediaType implements [rememberer].
func (t *signedToken) MediaType() string { return t.Type }

// rememberer is a [Credential] whose verification is remembered.
type rememberer interface {
	// Remember remembers until end that the credential is genuine. The caller must have verified it and checked its claims.
	Remember(end time.Time)
	// Recalled reports whether Verify has used what was remembered.
	Recalled() bool
	// MediaType returns the normalized `typ` of the credential.
	MediaType() string
}
