package digests_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/digests"
)

var key = []byte(strings.Repeat("k", 32))

// TestDigest compares the digest with its description in the comment of the package.
func TestDigest(t *testing.T) {
	h := digests.NewHasherWith(key)
	for _, size := range []int{0, 1, 55, 56, 63, 64, 65, 560, 8192, 1 << 20} {
		text := strings.Repeat("t", size)
		for range 2 { // the second time with a state that was used before
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte("\x01\x02\x03\x04\x05\x06\x07\x08" + text))
			fingerprint := sha256.Sum256([]byte("key"))
			want := sha256.Sum256(append(mac.Sum(nil), fingerprint[:]...))
			assert.Equal(t, want[:16], h.Sum(0, 0x0102030405060708, text).Digest(fingerprint).Bytes(), "%d bytes", size)
		}
	}
}

// TestDigestsDiffer changes everything that a digest is made of, and each byte of the text and of the fingerprint.
func TestDigestsDiffer(t *testing.T) {
	h := digests.NewHasherWith(key)
	text, fingerprint := strings.Repeat("t", 100), [32]byte{}
	seen := map[digests.Digest]string{}
	add := func(what string, d digests.Digest) {
		assert.Empty(t, seen[d], what)
		seen[d] = what
	}
	add("as it is", h.Sum(0, 1, text).Digest(fingerprint))
	for bit := range 64 {
		add(fmt.Sprint("rules, bit ", bit), h.Sum(0, 1^1<<bit, text).Digest(fingerprint))
	}
	for i := range text {
		for bit := range 8 {
			other := []byte(text)
			other[i] ^= 1 << bit
			add(fmt.Sprintf("text, byte %d, bit %d", i, bit), h.Sum(0, 1, string(other)).Digest(fingerprint))
		}
	}
	for i := range fingerprint {
		for bit := range 8 {
			other := fingerprint
			other[i] ^= 1 << bit
			add(fmt.Sprintf("fingerprint, byte %d, bit %d", i, bit), h.Sum(0, 1, text).Digest(other))
		}
	}
	add("a byte more", h.Sum(0, 1, text+"t").Digest(fingerprint))
	add("a byte less", h.Sum(0, 1, text[1:]).Digest(fingerprint))
	add("another key", digests.NewHasherWith([]byte("other")).Sum(0, 1, text).Digest(fingerprint))
	add("a random key", digests.NewHasher().Sum(0, 1, text).Digest(fingerprint))
	add("another random key", digests.NewHasher().Sum(0, 1, text).Digest(fingerprint))
}

// TestMarks changes the rules and the text. Marks of the same text under many rules spread over all tables.
func TestMarks(t *testing.T) {
	h := digests.NewHasher()
	text := strings.Repeat("t", 2000)
	assert.Equal(t, h.Mark(1, text), h.Mark(1, strings.Clone(text)))
	assert.NotEqual(t, h.Mark(1, text), h.Mark(1, text[1:]+"u"))
	assert.NotEqual(t, h.Mark(1, "t"), h.Mark(1, "u"))
	assert.NotEqual(t, h.Mark(1, text), digests.NewHasher().Mark(1, text), "another seed")
	high, low := map[digests.Mark]bool{}, map[digests.Mark]bool{}
	for rules := range uint64(1000) {
		mark := h.Mark(rules, text)
		high[mark>>54], low[mark>>1&0xff] = true, true
	}
	assert.Greater(t, len(high), 500, "of 1,024 tables")
	assert.Greater(t, len(low), 200, "of 256 buckets")
}

// TestTextsAreNotKept changes the memory of a text afterwards, as fasthttp does with the next request.
func TestTextsAreNotKept(t *testing.T) {
	h := digests.NewHasherWith(key)
	buffer := []byte("token-of-ann")
	ann := h.Sum(0, 1, unsafe.String(&buffer[0], len(buffer)))
	copy(buffer, "token-of-eve")
	assert.Equal(t, h.Sum(0, 1, "token-of-ann"), ann)
	assert.NotEqual(t, h.Sum(0, 1, "token-of-eve"), ann)
}

// TestBuffersAreCleared looks into the memory that is used again for the next text. A large buffer is not kept.
func TestBuffersAreCleared(t *testing.T) {
	for size, kept := range map[int]bool{560: true, 8192: true, 1 << 20: false} {
		buffer := digests.BufferAfter(strings.Repeat("t", size))
		assert.Equal(t, kept, len(buffer) > 0, "%d bytes", size)
		assert.Empty(t, bytes.Trim(buffer, "\x00"), "%d bytes", size)
	}
}

func TestHashingTogether(t *testing.T) {
	h := digests.NewHasherWith(key)
	var wg sync.WaitGroup
	for g := range 8 {
		text := strings.Repeat("t", 100*g)
		want := digests.NewHasherWith(key).Sum(0, uint64(g), text)
		wg.Go(func() {
			for range 500 {
				if h.Sum(0, uint64(g), text) != want {
					t.Errorf("the sum of text %d is wrong", g)
				}
			}
		})
	}
	wg.Wait()
}

// TestStatesAreReused computes sums until one allocates nothing, since a sync.Pool may give up what it has at any time.
func TestStatesAreReused(t *testing.T) {
	h := digests.NewHasher()
	for range 1000 {
		if testing.AllocsPerRun(1, func() { h.Sum(0, 1, "text") }) == 0 {
			return
		}
	}
	t.Error("each sum allocates")
}

func BenchmarkSum(b *testing.B) {
	h, text := digests.NewHasher(), strings.Repeat("t", 560)
	b.ReportAllocs()
	for b.Loop() {
		h.Sum(0, 1, text).Digest([32]byte{})
	}
}
