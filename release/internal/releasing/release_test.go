package releasing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/releasing"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	house    = "github.com/microkubes/microkubes-go/"
	consumer = "release/testdata/consumer/"
	users    = "package hello_test\n\nimport \"testing\"\n\n"
)

// files is a repository of two released modules, of which the one that comes first by name requires the other, and one that is
// not released. None needs a third party.
func files() map[string]string {
	return map[string]string{
		"LICENSE":      "A licence.\n",
		"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## v0.1.0 - 2026-03-01\n\n- A change.\n",
		"go.work":      "go 1.26.0\n\nuse (\n\t./adapter\n\t./core\n\t./docs // not released: a page\n)\n",
		"core/go.mod":  "module " + house + "core\n\ngo 1.26.0\n",
		"core/core.go": "package core\n\nfunc Name() string { return \"core\" }\n",
		"adapter/go.mod": "module " + house + "adapter\n\ngo 1.26.0\n\nrequire " + house + "core v0.0.0\n\nreplace " + house +
			"core => ../core\n",
		"adapter/adapter.go":        "package adapter\n\nimport \"" + house + "core\"\n\nvar Name = core.Name()\n",
		"adapter/cmd/adapt/main.go": "package main\n\nimport \"" + house + "adapter\"\n\nfunc main() { println(adapter.Name) }\n",
		"docs/go.mod": "module " + house + "docs\n\ngo 1.26.0\n\nrequire " + house + "adapter v0.0.0\n\nrequire " + house +
			"core v0.0.0 // indirect\n\nreplace (\n\t" + house + "adapter => ../adapter\n\t" + house + "core => ../core\n)\n",
		"docs/docs.go": "package docs\n\nimport _ \"" + house + "adapter\"\n",
		consumer + "core/core_test.go": users + "import \"" + house + "core\"\n\nfunc TestUser(t *testing.T) {\n\tif core.Name() != " +
			"\"core\" {\n\t\tt.Fail()\n\t}\n}\n",
		consumer + "adapter/adapter_test.go": users + "import \"" + house + "adapter\"\n\nfunc TestUser(t *testing.T) {\n\tif adapter.Name != " +
			"\"core\" {\n\t\tt.Fail()\n\t}\n}\n",
	}
}

func release(repo command.Runner, version string) (*releasing.Release, *strings.Builder) {
	out := &strings.Builder{}
	return &releasing.Release{Root: repo.Dir, Version: version, Out: out, Now: now}, out
}

// offline lets the go command find nothing but what the release serves from files.
func offline(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "")
}

func show(t *testing.T, repo command.Runner, object string) string {
	return testrepo.Git(t, repo, "show", object)
}

func TestMake(t *testing.T) {
	offline(t)
	repo := testrepo.New(t, files())
	r, out := release(repo, "v0.1.0")
	require.NoError(t, r.Make(t.Context()), "%s", out)

	assert.Regexp(t, `(?s)core/v0\.1\.0\n.*adapter/v0\.1\.0\n`, out, "the tags in the order of requirements")
	assert.Contains(t, out.String(), "go install "+house+"adapter/cmd/adapt@v0.1.0")
	assert.Equal(t, "adapter/v0.1.0\ncore/v0.1.0", testrepo.Git(t, repo, "tag", "--list"))
	assert.Equal(t, "tag", testrepo.Git(t, repo, "cat-file", "-t", "core/v0.1.0"))
	assert.Equal(t, testrepo.Git(t, repo, "rev-parse", "main~1"), testrepo.Git(t, repo, "rev-parse", "core/v0.1.0^{commit}"))
	assert.Empty(t, testrepo.Git(t, repo, "status", "--porcelain"))
	assert.NotContains(t, testrepo.Git(t, repo, "worktree", "list"), "tree\n", "no checkout is left")

	tagged := show(t, repo, "adapter/v0.1.0:adapter/go.mod")
	assert.Contains(t, tagged, "core v0.1.0")
	assert.NotContains(t, tagged, "replace")
	assert.Contains(t, show(t, repo, "adapter/v0.1.0:adapter/go.sum"), house+"core v0.1.0 h1:")
	assert.Contains(t, show(t, repo, "adapter/v0.1.0:docs/go.mod"), "replace", "nobody installs from there, and it builds alone")
	assert.Contains(t, show(t, repo, "main:adapter/go.mod"), "core v0.1.0\n\nreplace")
	assert.Contains(t, show(t, repo, "main:docs/go.mod"), "adapter v0.1.0")
	assert.NotContains(t, testrepo.Git(t, repo, "ls-tree", "--name-only", "main:adapter"), "go.sum", "as it was")

	assert.NotContains(t, testrepo.Git(t, repo, "ls-remote", "origin"), "v0.1.0", "nothing is published")
	require.NoError(t, releasing.Publish(t.Context(), repo.Dir, "v0.1.0"))
	there := testrepo.Git(t, repo, "ls-remote", "origin")
	assert.Contains(t, there, "refs/tags/core/v0.1.0")
	assert.Contains(t, there, "refs/tags/adapter/v0.1.0")
	assert.Contains(t, there, testrepo.Git(t, repo, "rev-parse", "main")+"\trefs/heads/main")
}

func TestPublishWithoutTags(t *testing.T) {
	repo := made(t)
	testrepo.Git(t, repo, "tag", "--delete", "adapter/v0.1.0")
	assert.ErrorContains(t, releasing.Publish(t.Context(), repo.Dir, "v0.1.0"), "there is no tag adapter/v0.1.0: run make release VERSION=v0.1.0")
}

// TestPublishIsAllOrNothing publishes while main has moved on at the remote.
func TestPublishIsAllOrNothing(t *testing.T) {
	repo := made(t)
	testrepo.Git(t, repo, "switch", "--quiet", "--detach", "main~2")
	testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "Of another")
	testrepo.Git(t, repo, "push", "--quiet", "origin", "HEAD:refs/heads/main")
	assert.ErrorContains(t, releasing.Publish(t.Context(), repo.Dir, "v0.1.0"), "nothing was published")
	assert.NotContains(t, testrepo.Git(t, repo, "ls-remote", "origin"), "refs/tags/")
}

func TestRefusals(t *testing.T) {
	replaced := strings.Replace(files()["adapter/go.mod"], "replace ", "replace example.com/third => ../third\n\nreplace ", 1)
	for _, c := range []struct {
		name    string
		version string
		files   map[string]string // in the commit
		then    func(t *testing.T, repo command.Runner)
		want    string
	}{
		{"a bad version", "0.1.0", nil, nil, "is not a semantic version with a leading v"},
		{"a major version without its path", "v1.0.0", map[string]string{"core/go.mod": "module " + house + "core/v2\n"}, nil, "does not fit v1.0.0"},
		{"a tag here", "v0.1.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "tag", "core/v0.1.0") }, "already tagged"},
		{"a tag of a module that is gone", "v0.1.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "tag", "gone/v0.1.0") }, "already tagged"},
		{"a tag on the remote alone", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "tag", "core/v0.1.0")
			testrepo.Git(t, repo, "push", "--quiet", "origin", "core/v0.1.0")
			testrepo.Git(t, repo, "tag", "--delete", "core/v0.1.0")
		}, "already tagged"},
		{"a tag that moved", "v0.1.1", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "tag", "core/v0.1.0")
			testrepo.Git(t, repo, "push", "--quiet", "origin", "core/v0.1.0")
			testrepo.Git(t, repo, "tag", "--force", "--annotate", "--message", "x", "core/v0.1.0")
		}, "the tag core/v0.1.0 is another one here than on origin"},
		{"a fork", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "remote", "set-url", "--push", "origin", "https://github.com/ann/microkubes-go")
		}, "is not the repository that the module paths name"},
		{"a path of another folder", "v0.1.0", map[string]string{"core/go.mod": "module " + house + "kore\n\ngo 1.26.0\n",
			"adapter/go.mod": "module " + house + "adapter\n\ngo 1.26.0\n"}, nil, "write " + house + "core in its go.mod"},
		{"a changelog that git does not look at", "v0.1.0", map[string]string{"CHANGELOG.md": "## Unreleased\n"}, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "update-index", "--assume-unchanged", "CHANGELOG.md")
			testrepo.Write(t, repo.Dir, map[string]string{"CHANGELOG.md": files()["CHANGELOG.md"]})
		}, "no entry for v0.1.0"},
		{"a consumer that is not committed", "v0.1.0", map[string]string{consumer + "adapter/adapter_test.go": "", ".gitignore": "adapter_test.go\n"},
			func(t *testing.T, repo command.Runner) {
				testrepo.Write(t, repo.Dir, map[string]string{consumer + "adapter/adapter_test.go": files()[consumer+"adapter/adapter_test.go"]})
			}, "the module adapter is released, and no consumer tries it"},
		{"files that the status hides", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "config", "status.showUntrackedFiles", "no")
			testrepo.Write(t, repo.Dir, map[string]string{"core/new.go": "package core\n"})
		}, "core/new.go"},
		{"no remote", "v0.1.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "remote", "remove", "origin") }, "add the remote"},
		{"another branch", "v0.1.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "switch", "--quiet", "--create", "b") }, "run git switch main"},
		{"no branch", "v0.1.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "switch", "--quiet", "--detach") }, "run git switch main"},
		{"a changed file", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Write(t, repo.Dir, map[string]string{"LICENSE": "Another.\n"})
		}, "the tree is not clean: commit, stash or remove\n M LICENSE"},
		{"a new file", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Write(t, repo.Dir, map[string]string{"core/new.go": "package core\n"})
		}, "core/new.go"},
		{"a commit that is not pushed", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "More")
		}, "not at the head of main on origin"},
		{"no entry in the changelog", "v0.2.0", nil, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "tag", "core/v0.1.0") }, "no entry for v0.2.0"},
		{"a module that is not released any more", "v0.0.2", map[string]string{
			"CHANGELOG.md": "## Unreleased\n\n## v0.0.2 - 2026-03-01\n\n- A change.\n",
		}, func(t *testing.T, repo command.Runner) { testrepo.Git(t, repo, "tag", "gone/v0.0.1") }, "gone: the module is not released any more"},
		{"another replacement", "v0.1.0", map[string]string{"adapter/go.mod": replaced}, nil, "still replaces example.com/third"},
		{"a hidden file", "v0.1.0", map[string]string{"core/.env": "SECRET=1\n"}, nil, "the zip file of core would have .env"},
		{"a hidden folder", "v0.1.0", map[string]string{"core/.idea/a.xml": "<a/>\n"}, nil, "the zip file of core would have .idea/a.xml"},
		{"a large file", "v0.1.0", map[string]string{"core/testdata/tool": strings.Repeat("x", 1<<20+1)}, nil, "the zip file of core would have testdata/tool"},
		{"names that differ in case", "v0.1.0", map[string]string{"core/A.txt": "a", "core/a.txt": "b"}, nil, "file name collision"},
		{"a shallow clone", "v0.1.0", nil, func(t *testing.T, repo command.Runner) {
			testrepo.Git(t, repo, "commit", "--quiet", "--allow-empty", "--message", "More")
			testrepo.Git(t, repo, "push", "--quiet", "origin", "main")
			head := testrepo.Git(t, repo, "rev-parse", "HEAD")
			testrepo.Write(t, repo.Dir, map[string]string{".git/shallow": head + "\n"})
		}, "this is a shallow clone: run git fetch --unshallow"},
		{"no licence", "v0.1.0", map[string]string{"LICENSE": ""}, nil, "has no LICENSE"},
		{"no consumer", "v0.1.0", map[string]string{consumer + "adapter/adapter_test.go": ""}, nil, "the module adapter is released, and no consumer tries it"},
		{"a module that go.work forgets", "v0.1.0", map[string]string{"go.work": "go 1.26.0\n\nuse (\n\t./core\n\t// ./adapter\n)\n"}, nil, "tries adapter, which is not released"},
		{"a module that go.work does not release by mistake", "v0.1.0", map[string]string{"go.work": "go 1.26.0\n\nuse (\n\t./adapter // not released: no\n\t./core\n)\n"}, nil, "tries adapter, which is not released"},
		{"a comment with a mistake", "v0.1.0", map[string]string{"go.work": "go 1.26.0\n\nuse (\n\t./adapter\n\t./core\n\t./docs // not released\n)\n"}, nil, "the module docs is released, and no consumer tries it"},
		{"a consumer that fails", "v0.1.0", map[string]string{"core/core.go": "package core\n\nfunc Name() string { return \"other\" }\n"}, nil, "core@v0.1.0 fails"},
		{"a requirement that is missing", "v0.1.0", map[string]string{"adapter/go.mod": "module " + house + "adapter\n\ngo 1.26.0\n"}, nil, "is not tidy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			offline(t)
			all := files()
			for name, text := range c.files {
				all[name] = text
				if text == "" {
					delete(all, name)
				}
			}
			repo := testrepo.New(t, all)
			if c.then != nil {
				c.then(t, repo)
			}
			head, tags := testrepo.Git(t, repo, "rev-parse", "HEAD"), testrepo.Git(t, repo, "tag", "--list")
			r, out := release(repo, c.version)
			assert.ErrorContains(t, r.Make(t.Context()), c.want, "%s", out)
			assert.Equal(t, head, testrepo.Git(t, repo, "rev-parse", "HEAD"), "a release that fails leaves no commit")
			assert.Equal(t, tags, testrepo.Git(t, repo, "tag", "--list"), "a release that fails leaves no tag")
			assert.NotContains(t, testrepo.Git(t, repo, "worktree", "list"), os.TempDir()+"/release", "a release that fails leaves no checkout")
		})
	}
}

// TestMakeWithSettings has settings of the user that change what git checks out and commits.
func TestMakeWithSettings(t *testing.T) {
	for name, setting := range map[string][2]string{
		"line ends of Windows": {"core.autocrlf", "true"},
		"hooks that fail":      {"core.hooksPath", "hooks"},
		"another first branch": {"init.defaultBranch", "master"},
		"short names of tags":  {"tag.sort", "-version:refname"},
		"colours":              {"color.ui", "always"},
	} {
		t.Run(name, func(t *testing.T) {
			offline(t)
			all := files()
			all["hooks/post-checkout"] = "#!/bin/sh\nexit 1\n"
			repo := testrepo.New(t, all)
			hook := filepath.Join(repo.Dir, "hooks", "post-checkout")
			require.NoError(t, os.Chmod(hook, 0o700))
			testrepo.Git(t, repo, "commit", "--quiet", "--all", "--message", "Executable")
			testrepo.Git(t, repo, "push", "--quiet", "origin", "main")
			value := setting[1]
			if setting[0] == "core.hooksPath" {
				value = filepath.Join(repo.Dir, value)
			}
			testrepo.Git(t, repo, "config", setting[0], value)
			r, out := release(repo, "v0.1.0")
			require.NoError(t, r.Make(t.Context()), "%s", out)
			assert.NotContains(t, show(t, repo, "adapter/v0.1.0:adapter/go.mod"), "\r")
			assert.Empty(t, testrepo.Git(t, repo, "status", "--porcelain"))
		})
	}
}

// TestKeep finds the module proxy and the consumers of a release in the folder that was asked for.
func TestKeep(t *testing.T) {
	offline(t)
	repo := testrepo.New(t, files())
	r, out := release(repo, "v0.1.0")
	r.Keep = t.TempDir()
	require.NoError(t, r.Make(t.Context()), "%s", out)
	for _, name := range []string{"proxy/" + house + "core/@v/v0.1.0.zip", "users/v0.1.0/adapter/go.mod"} {
		assert.FileExists(t, filepath.Join(r.Keep, filepath.FromSlash(name)))
	}
}
