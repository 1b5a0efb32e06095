package keys_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestCertificatesByTheClock checks at various times that a directory that has been open for long finds the same keys as a newly
// opened one.
func TestCertificatesByTheClock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	write(t, dir, map[string]string{
		"always.pub": pkix(t, &p521.PublicKey), "a.crt": validFor(t, &rsaKey.PublicKey, 0, 10*time.Hour),
		"b.crt": validFor(t, &p256.PublicKey, 5*time.Hour, 20*time.Hour), "map.json": string(must(json.Marshal(object{
			"c": validFor(t, edPublic, 15*time.Hour, 30*time.Hour)}))),
	})
	clock := &clock{now: year2030}
	d := clock.open(t, dir)
	all := []string{"always", "a", "b", "c"}
	generation := d.Generation()
	seen := map[string]uint64{}
	for _, c := range []struct {
		at   time.Duration
		want string
	}{
		{0, "a"}, {time.Hour, "a"}, {5*time.Hour - 1, "a"}, {5 * time.Hour, "a b"}, {10 * time.Hour, "a b"},
		{10*time.Hour + 1, "b"}, {15*time.Hour - 1, "b"}, {15 * time.Hour, "b c"}, {20 * time.Hour, "b c"}, {20*time.Hour + time.Second, "c"},
		{30 * time.Hour, "c"}, {31 * time.Hour, ""}, {1000 * time.Hour, ""}, {-1, ""},
		{12 * time.Hour, "b"}, {0, "a"}, // the clock is set back
	} {
		clock.now = year2030.Add(c.at)
		want := append([]string{"always"}, strings.Fields(c.want)...)
		fresh, err := clock.config(dir).Open()
		require.NoError(t, err)
		for name, store := range map[string]keys.Store{"old": d, "fresh": fresh} {
			got := findable(t, store, all...)
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], ":")
			}
			assert.Equal(t, want, compact(got), "%s at %v", name, c.at)
		}
		require.NoError(t, fresh.Close())
		if c.want != "" {
			before, known := seen[c.want]
			assert.True(t, !known || before == d.Generation(), "the same keys have the same generation")
			seen[c.want] = d.Generation()
		}
		for _, a := range everyAlgorithm {
			assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = d.Find(t.Context(), "a", a); d.Generation() }))
		}
	}
	assert.Equal(t, generation, seen["a"])
	numbers := map[uint64]bool{}
	for _, n := range seen {
		numbers[n] = true
	}
	assert.Len(t, numbers, len(seen), "different keys have different generations")

	// A change of files has a new generation, at any time.
	clock.now = year2030.Add(31 * time.Hour)
	last := d.Generation()
	clock.now = year2030
	write(t, dir, map[string]string{"more.pub": pkix(t, &p384.PublicKey)})
	require.NoError(t, d.Reload())
	assert.Greater(t, d.Generation(), last)
}

func compact(list []string) (short []string) {
	for _, s := range list {
		if len(short) == 0 || short[len(short)-1] != s {
			short = append(short, s)
		}
	}
	return short
}

// TestStaticByTheClock uses the clock of a synctest bubble.
func TestStaticByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(from, to time.Duration, key crypto.PublicKey) *keys.Key {
			text := certOf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = start.Add(from), start.Add(to) }, key)
			return must(keys.ParsePEM("a", []byte(text)))
		}
		first, second := at(0, time.Hour, &rsaKey.PublicKey), at(time.Hour+time.Second, 2*time.Hour, &otherRSAKey.PublicKey)
		single, err := keys.Static(first)
		require.NoError(t, err)
		both, err := keys.Static(first, second)
		require.NoError(t, err, "they are never valid together")
		_, err = keys.Static(first, at(time.Hour, 2*time.Hour, &otherRSAKey.PublicKey))
		require.ErrorContains(t, err, "key 2 has the id of an earlier one")
		generation := both.Generation()

		time.Sleep(time.Hour)
		assert.Equal(t, []string{"a"}, ids(t, single, "a"), "the last instant belongs to the validity")
		assert.Equal(t, generation, both.Generation())
		time.Sleep(time.Nanosecond)
		_, err = single.Find(t.Context(), "a", "RS256")
		assert.ErrorIs(t, err, keys.ErrUnavailable)
		_, err = single.Find(t.Context(), "", "RS256")
		assert.ErrorIs(t, err, keys.ErrUnavailable)
		assert.NotEqual(t, generation, both.Generation())
		time.Sleep(time.Second)
		found, err := both.Find(t.Context(), "a", "RS256")
		require.NoError(t, err)
		assert.True(t, otherRSAKey.PublicKey.Equal(found[0].Material()))
		_, err = keys.ParsePEM("a", []byte(certificate(t, start, start.Add(time.Minute))))
		assert.ErrorContains(t, err, "the certificate expired at")
		for _, text := range []string{pkix(t, &rsaKey.PublicKey) + certificate(t, start, start.Add(time.Minute)),
			certificate(t, start, start.Add(time.Minute)) + pkix(t, &rsaKey.PublicKey)} {
			_, err = keys.ParsePEM("a", []byte(text))
			assert.ErrorContains(t, err, "the certificate expired at", "the bare key does not outlive its certificate")
		}
	})
}

// TestWatchedCertificates checks that keys come and go with their validity without a poll, and that the next poll logs it.
func TestWatchedCertificates(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		write(t, dir, map[string]string{"a.crt": certificate(t, start.Add(time.Hour), start.Add(2*time.Hour)), "b.pub": pkix(t, &p256.PublicKey)})
		var log bytes.Buffer
		d, err := keys.DirConfig{Path: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Open()
		require.NoError(t, err)
		assert.Equal(t, []string{"b"}, ids(t, d, "a", "b"))
		time.Sleep(time.Hour)
		assert.Equal(t, []string{"a", "b"}, ids(t, d, "a", "b"))
		time.Sleep(time.Hour + time.Second)
		assert.Equal(t, []string{"b"}, ids(t, d, "a", "b"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.NoError(t, d.Close())
		assert.Contains(t, log.String(), "not valid before")
		assert.Contains(t, log.String(), "certificate expired")
	})
}

// TestNoCertificateNoClock checks that sets without certificates do not read the clock.
func TestNoCertificateNoClock(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey)})
	looks := 0
	d, err := keys.DirConfig{Path: dir, Now: func() time.Time { looks++; return year2030 }}.Open()
	require.NoError(t, err)
	defer d.Close()
	looks = 0
	assert.Equal(t, []string{"a"}, ids(t, d, "a", "b"))
	d.Generation()
	assert.Zero(t, looks)
}

// TestPhasesUnderLoad moves the clock past the end of a certificate while many goroutines find keys.
func TestPhasesUnderLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.crt": validFor(t, &rsaKey.PublicKey, 0, 10*time.Second), "b.pub": pkix(t, &p256.PublicKey)})
	var moves atomic.Int64 // of the clock, which starts again after 20 seconds
	second := func(move int64) time.Duration { return time.Duration(move%20) * time.Second }
	d, err := keys.DirConfig{Path: dir, Interval: time.Hour, Now: func() time.Time { return year2030.Add(second(moves.Load())) }}.Open()
	require.NoError(t, err)
	defer d.Close()
	generations := [2]uint64{d.Generation(), d.Generation() + 1}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 5000 {
				before := moves.Load()
				_, err := d.Find(t.Context(), "a", "RS256")
				generation := d.Generation()
				if after := moves.Load(); after != before {
					continue // the clock moved in between, so either result is right
				}
				expired := 0
				if second(before) > 10*time.Second {
					expired = 1
				}
				assert.Equal(t, expired == 1, err != nil)
				assert.Equal(t, generations[expired], generation)
			}
		})
	}
	for range 5000 {
		moves.Add(1)
		runtime.Gosched()
	}
	readers.Wait()
}
