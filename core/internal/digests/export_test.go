package digests

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash/maphash"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// DigestOf returns the digest with these words, and a mark that depends on the first.
func DigestOf(high, low uint64) Digest {
	return Digest{high, low, Mark(high)}
}

// Marked returns the digest with another mark.
func (d Digest) Marked(m Mark) Digest { return Digest{d.high, d.low, m} }

// NewHasherWith returns a Hasher with a known key.
func NewHasherWith(key []byte) *Hasher {
	return &Hasher{pool: sync.Pool{New: func() any { return &state{mac: hmac.New(sha256.New, key)} }}, seed: maphash.MakeSeed()}
}

// BufferAfter computes a sum and returns what is kept of the buffer for the next one.
func BufferAfter(text string) []byte {
	s := &state{mac: hmac.New(sha256.New, []byte("key"))}
	s.compute(1<<64-1, text)
	return s.buffer[:cap(s.buffer)]
}

// Bytes returns the digest as bytes.
func (d Digest) Bytes() (all []byte) {
	for _, word := range []uint64{d.high, d.low} {
		for shift := 56; shift >= 0; shift -= 8 {
			all = append(all, byte(word>>shift))
		}
	}
	return all
}

// Places returns the number of places that the set has memory for.
func (s *Set) Places() (n int) {
	if tables := s.tables.Load(); tables != nil {
		for i := range tables {
			tables[i].mu.Lock()
			n += len(tables[i].buckets) * ways
			tables[i].mu.Unlock()
		}
	}
	return n
}

// Armed reports whether the timer is running.
func (s *Set) Armed() bool { return s.armed.Load() != 0 }

// SetLate lets the timer seem to be late by so much.
func (s *Set) SetLate(by time.Duration) { s.armed.Store(time.Now().Add(-by).UnixNano()) }

// Ways, BucketSize and BucketType describe a bucket, and BucketBytes is the constant that the code has for its size.
const (
	Ways        = ways
	BucketSize  = int(unsafe.Sizeof(bucket{}))
	BucketBytes = bucketSize
)

// BucketType is the type of a bucket.
var BucketType = reflect.TypeFor[bucket]()
