package releasing_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/releasing"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

// made returns a repository with the commits and the tags of a release, as Make leaves them.
func made(t *testing.T) command.Runner {
	t.Helper()
	repo := testrepo.New(t, files())
	testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Release v0.1.0")
	for _, tag := range []string{"core/v0.1.0", "adapter/v0.1.0"} {
		testrepo.Git(t, repo, "tag", "--annotate", "--message", tag, tag)
	}
	testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Continue after v0.1.0")
	return repo
}

// TestPublishTakesWhatWasChecked changes the release between make release and make publish.
func TestPublishTakesWhatWasChecked(t *testing.T) {
	for _, c := range []struct {
		name, version string
		change        func(t *testing.T, repo command.Runner)
		want          string
	}{
		{"as it was made", "v0.1.0", nil, ""},
		{"another branch checked out", "v0.1.0", func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "switch", "--quiet", "--create", "b") }, ""},
		{"a tag that moved", "v0.1.0", func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "tag", "--force", "--annotate", "--message", "x", "adapter/v0.1.0", "main")
		}, "is not on the commit"},
		{"all tags moved", "v0.1.0", func(t *testing.T, repo command.Runner) {
			for _, tag := range []string{"core/v0.1.0", "adapter/v0.1.0"} {
				testrepo.Git(t, repo, "tag", "--force", "--annotate", "--message", "x", tag, "main")
			}
		}, "is not on the commit"},
		{"tags by hand", "v0.1.0", func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "commit", "--quiet", "--amend", "--allow-empty", "--message", "More")
			testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Still more")
			for _, tag := range []string{"core/v0.1.0", "adapter/v0.1.0"} {
				testrepo.Git(t, repo, "tag", "--force", "--annotate", "--message", "x", tag, "main~1")
			}
		}, "was not made by make release"},
		{"a tag without a message", "v0.1.0", func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "tag", "--force", "core/v0.1.0", "main~1")
		}, ""},
		{"a commit behind it", "v0.1.0", func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "More")
		}, "is not on the commit"},
		{"main is somewhere else", "v0.1.0", func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "reset", "--quiet", "--hard", "main~2")
			testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Other")
		}, "is not on the commit"},
		{"no version", "", nil, "write it as v0.1.0"},
		{"a short version", "v0.1", nil, "write it as v0.1.0"},
		{"more than a version", "v0.1.0:refs/heads/x", nil, "write it as v0.1.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := made(t)
			if c.change != nil {
				c.change(t, repo)
			}
			err := releasing.Publish(t.Context(), repo.Dir, c.version)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, testrepo.Git(t, repo, "ls-remote", "origin"), "refs/tags/")
		})
	}
}

// TestPublishNothingElse has settings of the user that add to what git pushes.
func TestPublishNothingElse(t *testing.T) {
	repo := made(t)
	testrepo.Git(t, repo, "tag", "--annotate", "--message", "a note", "note/v0.0.1", "main~2")
	testrepo.Git(t, repo, "config", "push.followTags", "true")
	testrepo.Git(t, repo, "config", "remote.origin.push", "refs/heads/main:refs/heads/elsewhere")
	require.NoError(t, releasing.Publish(t.Context(), repo.Dir, "v0.1.0"))
	there := testrepo.Git(t, repo, "ls-remote", "origin")
	assert.NotContains(t, there, "note/v0.0.1")
	assert.NotContains(t, there, "elsewhere")
	assert.Contains(t, there, testrepo.Git(t, repo, "rev-parse", "main")+"\trefs/heads/main")
}

// TestPublishToTheRepository has remotes that are not the one that was checked.
func TestPublishToTheRepository(t *testing.T) {
	for _, c := range []struct{ name, fetch, push, want string }{
		{"https", "https://github.com/microkubes/microkubes-go.git", "", ""},
		{"https without a suffix", "https://github.com/microkubes/microkubes-go", "", ""},
		{"ssh", "git@github.com:microkubes/microkubes-go.git", "", ""},
		{"ssh as a URL", "ssh://git@github.com/microkubes/microkubes-go.git", "", ""},
		{"reads by https and writes by ssh", "https://github.com/microkubes/microkubes-go", "git@github.com:microkubes/microkubes-go.git", ""},
		{"a folder", "/srv/remote.git", "", ""},
		{"a fork", "https://github.com/ann/microkubes-go.git", "", "is not the repository that the module paths name"},
		{"a fork by ssh", "git@github.com:ann/microkubes-go.git", "", "is not the repository that the module paths name"},
		{"pushes to a fork", "https://github.com/microkubes/microkubes-go", "git@github.com:ann/microkubes-go.git", "is not the repository that the module paths name"},
		{"pushes to a folder", "https://github.com/microkubes/microkubes-go", "/srv/remote.git", "pushes to another repository than it fetches from"},
		{"another name", "https://github.com/microkubes/microkubes-go-old", "", "is not the repository that the module paths name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := testrepo.New(t, files())
			testrepo.Git(t, repo, "remote", "set-url", "origin", c.fetch)
			if c.push != "" {
				testrepo.Git(t, repo, "remote", "set-url", "--push", "origin", c.push)
			}
			err := releasing.CheckRemote(t.Context(), repo)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// TestPublishedReadsTheTag tries a version whose modules are not those of the folder any more.
func TestPublishedReadsTheTag(t *testing.T) {
	offline(t)
	repo := made(t)
	for version, want := range map[string]string{"v0.2.0": "run git fetch --tags", "v0.*": "write it as v0.1.0"} {
		assert.ErrorContains(t, releasing.TryPublished(t.Context(), repo.Dir, version, io.Discard), want)
	}
	testrepo.Write(t, repo.Dir, map[string]string{"go.work": "go 1.26.0\n\nuse ./new\n", "new/go.mod": "module " + house + "new\n\ngo 1.26.0\n"})
	err := releasing.TryPublished(t.Context(), repo.Dir, "v0.1.0", io.Discard)
	require.ErrorContains(t, err, house+"core@v0.1.0", "nothing is published, so the first module is not found")
	assert.NotContains(t, err.Error(), "/new")
}
