package digests

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/maphash"
	"sync"
)

// Hasher makes digests and marks with random keys. It is safe for concurrent use. Make one with NewHasher.
type Hasher struct {
	pool sync.Pool
	seed maphash.Seed
}

// Mark is a hash of rules and a text that is quickly made. It says where a [Set] looks for digests of them.
type Mark uint64

// Sum is the keyed digest of rules and a text, with their mark. It is secret.
type Sum struct {
	mac  [sha256.Size]byte
	mark Mark
}

// Digest is the digest of rules, a text and a key, with the mark of the first two.
type Digest struct {
	high, low uint64
	mark      Mark
}

// NewHasher returns a Hasher with a new key.
func NewHasher() *Hasher {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return &Hasher{
		pool: sync.Pool{New: func() any { return &state{mac: hmac.New(sha256.New, key)} }},
		seed: maphash.MakeSeed(),
	}
}

// state is scratch space for computing a sum, pooled.
type state struct {
	mac    hash.Hash
	buffer []byte
	sum    [sha256.Size]byte
}

// maxKept is the maximum size of a pooled buffer, in bytes. The default limit for tokens is half of it.
const maxKept = 16 << 10

// markedSize is the number of bytes at the end of a text that its mark depends on. The signature of a token is at its end.
const markedSize = 1 << 10

// Mark returns the mark of rules and a text.
func (h *Hasher) Mark(rules uint64, text string) Mark {
	const odd = 0x9e3779b97f4a7c15 // spreads small numbers over all bits, since a text may be added for many rules
	return Mark(maphash.String(h.seed, text[max(0, len(text)-markedSize):]) ^ rules*odd)
}

// Sum returns the sum of rules and a text, whose mark the caller knows. It does not keep text.
func (h *Hasher) Sum(mark Mark, rules uint64, text string) Sum {
	s := h.pool.Get().(*state)
	sum := Sum{s.compute(rules, text), mark}
	h.pool.Put(s)
	return sum
}

// compute returns a sum, and clears its copy of the text.
func (s *state) compute(rules uint64, text string) [sha256.Size]byte {
	s.buffer = binary.BigEndian.AppendUint64(s.buffer[:0], rules) // of fixed length, so rules and text cannot be confused
	s.buffer = append(s.buffer, text...)
	s.mac.Reset()
	_, _ = s.mac.Write(s.buffer)
	s.mac.Sum(s.sum[:0])
	if clear(s.buffer); cap(s.buffer) > maxKept {
		s.buffer = nil
	}
	return s.sum
}

// Digest returns the digest of the rules, the text and a key with that fingerprint.
func (s Sum) Digest(fingerprint [32]byte) Digest {
	var both [2 * sha256.Size]byte
	copy(both[:], s.mac[:])
	copy(both[sha256.Size:], fingerprint[:])
	d := sha256.Sum256(both[:])
	return Digest{binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:16]), s.mark}
}
