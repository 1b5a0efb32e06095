package command_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

// TestGitOfItsFolder runs git as in a hook, where git names the repository of the hook in the environment.
func TestGitOfItsFolder(t *testing.T) {
	repo := testrepo.New(t, map[string]string{"a": "1\n"})
	other := filepath.Join(t.TempDir(), "other.git")
	testrepo.Git(t, repo, "init", "--quiet", "--bare", other)
	want := testrepo.Git(t, repo, "rev-parse", "HEAD")
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, other)
			got, err := repo.Git(t.Context(), "rev-parse", "HEAD")
			require.NoError(t, err)
			assert.Equal(t, want, got)
			status, err := repo.Git(t.Context(), "status", "--porcelain")
			require.NoError(t, err)
			assert.Empty(t, status)
			seen, err := repo.Run(t.Context(), "sh", "-c", "echo \"$"+name+"\"")
			require.NoError(t, err)
			assert.Empty(t, seen, "make and go run git, too")
		})
	}
	kept, err := command.Runner{Dir: repo.Dir, Env: []string{"GIT_DIR=" + other}}.Git(t.Context(), "rev-parse", "--git-dir")
	require.NoError(t, err)
	assert.Equal(t, other, kept, "a variable of the Runner counts")
}

// TestRunEnds stops a program whose own child goes on and keeps the output open.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := command.Runner{Dir: t.TempDir()}.Run(ctx, "sh", "-c", "sleep 300 & wait")
	require.Error(t, err)
	assert.Less(t, time.Since(start), 2*time.Minute)
}
