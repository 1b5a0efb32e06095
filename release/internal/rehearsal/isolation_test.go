package rehearsal_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/rehearsal"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

// tells is a Makefile whose release fails, and says which repository and settings it has.
const tells = "release:\n\t@echo \"it is $$(git rev-parse --show-toplevel) with $$(git config core.hooksPath)\" >&2; exit 1\n"

// TestRunIsInAClone rehearses in a hook of a repository, with settings of the user, and in an unusual folder. A rehearsal that is
// not in its clone would commit, tag and push in the repository of the developer.
func TestRunIsInAClone(t *testing.T) {
	repo := testrepo.New(t, map[string]string{"Makefile": tells, "CHANGELOG.md": "# Changelog\n\n## Unreleased\n", "core/a.go": "package core\n"})
	head, config := testrepo.Git(t, repo, "rev-parse", "HEAD"), testrepo.Git(t, repo, "config", "--list", "--local")
	settings := filepath.Join(t.TempDir(), "gitconfig")
	hooks := filepath.Join(t.TempDir(), "hooks-of-the-user")
	require.NoError(t, os.WriteFile(settings, []byte("[core]\n\thooksPath = "+hooks+"\n\tautocrlf = true\n[init]\n\ttemplateDir = "+hooks+
		"\n\tdefaultBranch = master\n[commit]\n\tgpgSign = true\n[push]\n\tfollowTags = true\n[clone]\n\tdefaultRemoteName = upstream\n"), 0o600))
	t.Setenv("GIT_CONFIG_GLOBAL", settings)
	temp := filepath.Join(t.TempDir(), "a folder, with 100%")
	require.NoError(t, os.Mkdir(temp, 0o700))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(temp, link))
	t.Setenv("TMPDIR", link)
	t.Setenv("GIT_DIR", filepath.Join(repo.Dir, ".git"))
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
	t.Setenv("GIT_CONFIG_VALUE_0", hooks)

	err := rehearsal.Run(t.Context(), repo.Dir, io.Discard, "")
	require.ErrorContains(t, err, "it is "+temp)
	assert.NotContains(t, err.Error(), hooks)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	assert.Empty(t, left, "a rehearsal that fails leaves nothing")
	require.NoError(t, os.Unsetenv("GIT_DIR"))
	assert.Equal(t, head, testrepo.Git(t, repo, "rev-parse", "HEAD"))
	assert.Equal(t, config, testrepo.Git(t, repo, "config", "--list", "--local"))
}

// TestShallowClone rehearses in a clone without history, as a CI job has it. A release refuses shallow clones.
func TestShallowClone(t *testing.T) {
	const says = "release:\n\t@echo \"shallow: $$(git rev-parse --is-shallow-repository), $$(git rev-list --count HEAD) commit\" >&2; exit 1\n"
	repo := testrepo.New(t, map[string]string{"Makefile": says, "CHANGELOG.md": "# Changelog\n\n## Unreleased\n", "core/a.go": "package core\n"})
	testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Go on")
	shallow := filepath.Join(t.TempDir(), "shallow")
	testrepo.Git(t, repo, "clone", "--quiet", "--depth=1", "file://"+repo.Dir, shallow)
	err := rehearsal.Run(t.Context(), shallow, io.Discard, "")
	require.ErrorContains(t, err, "shallow: false, 1 commit")
}
