package keys_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// opened returns a directory that is polled only by the test, with its log.
func opened(t *testing.T, dir string) (*keys.Directory, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	d, err := keys.DirConfig{Path: dir, Interval: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, &log
}

func TestReload(t *testing.T) {
	a, b := pkix(t, &rsaKey.PublicKey), pkix(t, &otherRSAKey.PublicKey)
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": a, "password": "hunter2"})
	d, log := opened(t, dir)
	assert.Equal(t, 1, strings.Count(log.String(), "file=password"))
	first := d.Generation()

	require.NoError(t, d.Reload())
	assert.Equal(t, first, d.Generation(), "nothing has changed")
	assert.Equal(t, 1, strings.Count(log.String(), "file=password"), "one warning, and not one per poll")

	write(t, dir, map[string]string{"b.pub": b})
	require.NoError(t, d.Reload())
	assert.Equal(t, []string{"a", "b"}, ids(t, d, "a", "b"), "rotation: both keys are found")
	assert.Greater(t, d.Generation(), first)

	require.NoError(t, os.Remove(filepath.Join(dir, "a.pub")))
	require.NoError(t, d.Reload())
	assert.Equal(t, []string{"b"}, ids(t, d, "a", "b"), "a removed key is gone")

	before := d.Generation()
	write(t, dir, map[string]string{"b.pub": a})
	require.NoError(t, d.Reload())
	found, err := d.Find(t.Context(), "b", "RS256")
	require.NoError(t, err)
	assert.True(t, rsaKey.PublicKey.Equal(found[0].Material()), "the new key under the same id")
	assert.Greater(t, d.Generation(), before)
}

// TestFaultsKeepTheLastGoodKeys has the faults that are not removals.
func TestFaultsKeepTheLastGoodKeys(t *testing.T) {
	a, b := pkix(t, &rsaKey.PublicKey), pkix(t, &p256.PublicKey)
	for name, c := range map[string]struct {
		fault func(t *testing.T, dir string)
		says  string
	}{
		"half written": {func(t *testing.T, dir string) { write(t, dir, map[string]string{"a.pub": a[:100]}) }, "a.pub"},
		"emptied":      {func(t *testing.T, dir string) { write(t, dir, map[string]string{"a.pub": ""}) }, "a.pub"},
		"an HTML page": {func(t *testing.T, dir string) { write(t, dir, map[string]string{"a.pub": "<html>503</html>"}) }, "a.pub"},
		"half of JSON": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": `{"keys":[{"kty":"RSA","n":"`})
		}, "a.pub"},
		"openssl's description, and no key yet": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": "Certificate:\n    Data:\n        Version: 3 (0x2)\n"})
		}, "a.pub"},
		"attributes, and no key yet": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": "Bag Attributes\n    friendlyName: x\nsubj"})
		}, "a.pub"},
		"parameters, and no key yet": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"})
		}, "a.pub"},
		"half of the DER": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": a[:100] + "\n-----END PUBLIC KEY-----\n"})
		}, "a.pub"},
		"too large": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": a + strings.Repeat("\n", 65<<10)})
		}, "a.pub"},
		"all half written": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.pub": a[:100], "b.pub": b[:50]})
		}, "a.pub"},
		"all removed": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "a.pub")))
			require.NoError(t, os.Remove(filepath.Join(dir, "b.pub")))
		}, "no usable key"},
		"vanished": {func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) }, "cannot be opened"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			write(t, dir, map[string]string{"a.pub": a, "b.pub": b})
			d, log := opened(t, dir)
			generation := d.Generation()
			c.fault(t, dir)
			for range 3 {
				assert.ErrorContains(t, d.Reload(), c.says)
			}
			assert.Equal(t, []string{"a", "b"}, ids(t, d, "a", "b"))
			assert.Equal(t, generation, d.Generation())
			assert.LessOrEqual(t, strings.Count(log.String(), "level=ERROR"), 2, "said once for each file: %s", log)
			assert.GreaterOrEqual(t, strings.Count(log.String(), "level=ERROR"), 1)

			write(t, dir, map[string]string{"a.pub": a, "b.pub": b, "c.pub": pkix(t, edPublic)})
			require.NoError(t, d.Reload(), "the directory has come back")
			assert.Equal(t, []string{"a", "b", "c"}, ids(t, d, "a", "b", "c"))
		})
	}
}

// TestKubernetesSwap replaces the symbolic link to the data directory, as the kubelet does.
func TestKubernetesSwap(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows needs a privilege to make links")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"..1/default.pub": pkix(t, &rsaKey.PublicKey), "..2/default.pub": pkix(t, &otherRSAKey.PublicKey)})
	require.NoError(t, os.Symlink("..1", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/default.pub", filepath.Join(dir, "default.pub")))
	d, _ := opened(t, dir)
	require.NoError(t, os.Symlink("..2", filepath.Join(dir, "..data_tmp")))
	require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	require.NoError(t, d.Reload())
	found, err := d.Find(t.Context(), "default", "RS256")
	require.NoError(t, err)
	assert.True(t, otherRSAKey.PublicKey.Equal(found[0].Material()))
}

// TestNamesWithCase has two files whose names differ in case. On macOS and Windows they are one file: the second write replaces
// the content, and the id has the case of the first. Ids are case-sensitive everywhere.
func TestNamesWithCase(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"key.pub": pkix(t, &rsaKey.PublicKey)})
	d, _ := opened(t, dir)
	assert.Equal(t, []string{"key"}, ids(t, d, "key", "KEY", "Key"))
	write(t, dir, map[string]string{"KEY.pub": pkix(t, &otherRSAKey.PublicKey)})
	require.NoError(t, d.Reload())
	found, err := d.Find(t.Context(), "key", "RS256")
	require.NoError(t, err)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	if len(files) == 1 { // folded
		assert.Equal(t, []string{"key"}, ids(t, d, "key", "KEY"))
		assert.True(t, otherRSAKey.PublicKey.Equal(found[0].Material()))
		return
	}
	assert.Equal(t, []string{"key", "KEY"}, ids(t, d, "key", "KEY"))
	assert.True(t, rsaKey.PublicKey.Equal(found[0].Material()))
}

// TestWatch uses the clock of a synctest bubble. Each interval has one poll. The bubble fails if Close leaves a goroutine behind.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey), "b.pub": pkix(t, &p256.PublicKey)})
	synctest.Test(t, func(t *testing.T) {
		d, err := keys.DirConfig{Path: dir, Logger: slog.New(slog.DiscardHandler)}.Open()
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(dir, "a.pub")))
		time.Sleep(4 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"a", "b"}, ids(t, d, "a", "b"), "five seconds have not passed")
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, []string{"b"}, ids(t, d, "a", "b"))
		require.NoError(t, d.Close())
		require.NoError(t, d.Close(), "a second time")
		assert.Equal(t, []string{"b"}, ids(t, d, "a", "b"), "the keys stay")
	})
	_, err := keys.DirConfig{Path: dir, Interval: -1}.Open()
	assert.ErrorContains(t, err, "Interval is negative")
}

// TestSwapsUnderLoad changes the directory four thousand times while keys are found, and a quarter as often under the race
// detector, which finds a race by far fewer. The key "stays" must always be found. The key "goes" must not be found after the
// poll that follows its removal, and must be found after it has come back.
func TestSwapsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	stays, goes := pkix(t, &rsaKey.PublicKey), pkix(t, &p256.PublicKey)
	write(t, dir, map[string]string{"stays.pub": stays})
	d, _ := opened(t, dir)
	done := make(chan struct{})
	var readers sync.WaitGroup
	missed := make([]int, 4)
	for i := range missed {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if found, err := d.Find(t.Context(), "stays", "RS256"); err != nil || !rsaKey.PublicKey.Equal(found[0].Material()) {
					missed[i]++
				}
				runtime.Gosched()
			}
		})
	}
	removed, changes := 0, 4000
	if raceEnabled {
		changes = 1000
	}
	for i := range changes {
		switch i % 4 {
		case 0:
			write(t, dir, map[string]string{"goes.tmp": goes})
			require.NoError(t, os.Rename(filepath.Join(dir, "goes.tmp"), filepath.Join(dir, "goes.pub")))
		case 1: // an incompletely written file
			require.NoError(t, os.WriteFile(filepath.Join(dir, "stays.pub"), []byte(stays[:i%len(stays)]), 0o600))
		case 2:
			write(t, dir, map[string]string{"stays.pub": stays})
		case 3:
			require.NoError(t, os.Remove(filepath.Join(dir, "goes.pub")))
		}
		_ = d.Reload()
		_, err := d.Find(t.Context(), "goes", "ES256")
		require.Equal(t, i%4 != 3, err == nil, "swap %d", i)
		if err != nil {
			removed++
		}
	}
	close(done)
	readers.Wait()
	assert.Equal(t, changes/4, removed)
	assert.Equal(t, []int{0, 0, 0, 0}, missed)
}
