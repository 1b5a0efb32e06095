package digests

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Hasher makes digests with a random key. It is safe for concurrent use. Make one with NewHasher.
type Hasher struct{ pool sync.Pool }

// Sum is the keyed digest of rules and a text. It is secret.
type Sum [sha256.Size]byte

// Digest is the digest of rules, a text and a key.
type Digest struct{ high, low uint64 }

// NewHasher returns a Hasher with a new key.
func NewHasher() *Hasher {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return &Hasher{pool: sync.Pool{New: func() any { return &state{mac: hmac.New(sha256.New, key)} }}}
}

// state is scratch space for computing a sum, pooled.
type state struct {
	mac    hash.Hash
	buffer []byte
	sum    Sum
}

// maxKept is the maximum size of a pooled buffer, in bytes. The default limit for tokens is half of it.
const maxKept = 16 << 10

// Sum returns the sum of rules and a text. It does not keep text.
func (h *Hasher) Sum(rules uint64, text string) Sum {
	s := h.pool.Get().(*state)
	sum := s.compute(rules, text)
	h.pool.Put(s)
	return sum
}

// compute returns a sum, and clears its copy of the text.
func (s *state) compute(rules uint64, text string) Sum {
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
	copy(both[:], s[:])
	copy(both[sha256.Size:], fingerprint[:])
	d := sha256.Sum256(both[:])
	return Digest{binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:16])}
}
