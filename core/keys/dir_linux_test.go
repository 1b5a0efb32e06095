package keys_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// asNobody runs f without the right of the superuser to read everything: tests in containers are often run by root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
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

// TestDirDoesNotWaitForPipes has a named pipe, which would block whoever opens it.
func TestDirDoesNotWaitForPipes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"good.pub": pkix(t, &rsaKey.PublicKey)})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.pub"), 0o644))
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"good"}, ids(t, store, "good", "pipe"))
}

// TestDirHoldsNoFileOpen matters where an open file cannot be replaced, as on Windows: a look closes what it opened.
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
