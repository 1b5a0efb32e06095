// Package testrepo makes small git repositories for tests.
package testrepo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/command"
)

// New makes a repository with files on the branch main, and a bare remote that has them. git reads no settings of the user.
func New(t *testing.T, files map[string]string) command.Runner {
	t.Helper()
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"} {
		t.Setenv(name, "") // so that it is restored
		require.NoError(t, os.Unsetenv(name))
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_TEMPLATE_DIR", "") // which has hooks
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "test@example.com")
	}
	remote, root := filepath.Join(t.TempDir(), "remote.git"), filepath.Join(t.TempDir(), "root")
	run := command.Runner{Dir: root}
	require.NoError(t, os.MkdirAll(root, 0o750))
	Write(t, root, files)
	for _, args := range [][]string{
		{"init", "--quiet", "--bare", remote},
		{"init", "--quiet", "--initial-branch=main"},
		{"remote", "add", "origin", remote},
		{"add", "--all"},
		{"commit", "--quiet", "--message", "Begin"},
		{"push", "--quiet", "origin", "main"},
	} {
		Git(t, run, args...)
	}
	return run
}

// Write writes files below root.
func Write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
}

// Git runs git and returns what it prints.
func Git(t *testing.T, run command.Runner, args ...string) string {
	t.Helper()
	out, err := run.Git(t.Context(), args...)
	require.NoError(t, err)
	return out
}
