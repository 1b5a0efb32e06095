package keys_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// asNobody runs f without the superuser's permission to read everything: tests in containers often run as root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so the thread ends with the goroutine
		if os.Geteuid() == 0 {
			assert.NoError(t, syscall.Setfsuid(65534))
		}
		f()
	}()
	<-done
}

func TestDirThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	write(t, dir, map[string]string{"good.pub": pkix(t, &rsaKey.PublicKey), "secret.pub": pkix(t, &otherRSAKey.PublicKey)})
	require.NoError(t, os.Chmod(filepath.Join(dir, "secret.pub"), 0))
	asNobody(t, func() {
		store, err := keys.Dir(dir)
		if assert.NoError(t, err, "a file that cannot be read does not spoil the others") {
			assert.Equal(t, []string{"good"}, ids(t, store, "good", "secret"))
		}
	})
	require.NoError(t, os.Chmod(dir, 0))
	asNobody(t, func() {
		_, err := keys.Dir(dir)
		assert.ErrorContains(t, err, "cannot be opened")
		assert.ErrorIs(t, err, os.ErrPermission)
	})
}

// TestDirDoesNotWaitForPipes has named pipes, which block whoever opens them: one that the listing shows, and one that is found
// only when the file is opened, as if it had replaced a file after the listing.
func TestDirDoesNotWaitForPipes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"good.pub": pkix(t, &rsaKey.PublicKey), "other.pub": pkix(t, &p256.PublicKey)})
	d, log := opened(t, dir)
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.pub"), 0o644))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, ".hidden"), 0o644))
	require.NoError(t, os.Remove(filepath.Join(dir, "other.pub")))
	require.NoError(t, os.Symlink(".hidden", filepath.Join(dir, "other.pub")))
	done := make(chan error, 1)
	go func() { done <- d.Reload() }()
	select {
	case err := <-done:
		assert.ErrorContains(t, err, "other.pub")
	case <-time.After(time.Minute):
		t.Error("it waits for a pipe")
		f, err := os.OpenFile(filepath.Join(dir, ".hidden"), os.O_WRONLY|syscall.O_NONBLOCK, 0) // unblocks it
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.Error(t, <-done)
		return
	}
	assert.Equal(t, []string{"good", "other"}, ids(t, d, "good", "other", "pipe"), "a file that cannot be read keeps its key")
	assert.Equal(t, 2, strings.Count(log.String(), "not a regular file"))
}

// TestDirReadsNoMoreThanItTakes has a sparse file that is larger than memory.
func TestDirReadsNoMoreThanItTakes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"good.pub": pkix(t, &rsaKey.PublicKey), "large.pub": ""})
	require.NoError(t, os.Truncate(filepath.Join(dir, "large.pub"), 1<<30))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, _ := opened(t, dir)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
	assert.Equal(t, []string{"good"}, ids(t, d, "good", "large"))
}

// TestDirHoldsNoFileOpen checks that a poll closes the files that it opens. On Windows an open file cannot be replaced.
func TestDirHoldsNoFileOpen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"good.pub": pkix(t, &rsaKey.PublicKey), "broken.pub": "x", "set.json": "{"})
	d, _ := opened(t, dir)
	for range 10 {
		_ = d.Reload()
	}
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	require.NotEmpty(t, links)
	for _, link := range links {
		target, _ := os.Readlink(link)
		assert.NotContains(t, target, dir)
	}
}
