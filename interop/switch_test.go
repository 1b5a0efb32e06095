package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// needsSwitch skips the test unless the environment asks for tests with real servers.
func needsSwitch(t *testing.T) {
	t.Helper()
	if os.Getenv("MICROKUBES_INTEROP") == "" {
		t.Skip("starts a real OpenID server: run make interop, or set MICROKUBES_INTEROP=1")
	}
}

// missing ends the test of a server that cannot be started on this machine. It fails where the tests are required.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MICROKUBES_INTEROP") == "required" || os.Getenv("CI") == "true" {
		t.Fatalf("%s, and the tests are required here", what)
	}
	t.Skipf("NOT TESTED: %s", what)
}

// tool returns the path of a program, or ends the test.
func tool(t *testing.T, name, reason string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "there is no "+name+", which "+reason)
	}
	return path
}

// cacheDir returns a folder for downloads, which outlives the tests.
func cacheDir(t *testing.T) string {
	t.Helper()
	base, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(base, "microkubes-go-interop")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	return dir
}
