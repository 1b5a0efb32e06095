//go:build unix

package jsonfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// TestReadFileDoesNotWaitForPipes has a named pipe, which blocks whoever opens it to read. ReadFile does not look at the file
// before it opens it: by then, the name may lead to a pipe.
func TestReadFileDoesNotWaitForPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	done := make(chan error, 1)
	go func() {
		_, err := jsonfile.ReadFile(pipe, 5)
		done <- err
	}()
	select {
	case err := <-done:
		assert.EqualError(t, err, "cannot be read: it is not a regular file")
	case <-time.After(time.Minute):
		t.Error("it waits for a writer")
		f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0) // unblocks it
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.Error(t, <-done)
	}
}

// TestReadFileOfADevice: a device has no end, and no size to compare with the limit.
func TestReadFileOfADevice(t *testing.T) {
	_, err := jsonfile.ReadFile("/dev/zero", 5)
	assert.EqualError(t, err, "cannot be read: it is not a regular file")
}
