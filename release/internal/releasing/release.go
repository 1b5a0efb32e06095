// Package releasing makes a release of all modules: it checks everything that can go wrong, and then makes commits and tags.
package releasing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/proxy"
)

const (
	branch = "main"
	remote = "origin"
)

// Release is the release of a version from the repository at Root.
type Release struct {
	Root    string
	Version string
	Keep    string // an existing folder for the module proxy and the consumers; if empty, they are removed in the end
	Out     io.Writer
	Now     time.Time

	git      command.Runner
	work     string // a temporary folder outside the repository
	head     string // the commit that is released
	source   string // a checkout of it, from which everything is read: the files at Root may differ without git's notice
	all      []modules.Module
	released []modules.Module // in the order of their tags
	tags     []string         // of the repository and its remote
	versions []string         // those that have tags
	last     string           // the last version that is not a pre-release, or ""
	tree     string           // the checkout with the commits
	objects  string           // a repository with the objects of this one
	commit   string           // what the tags point to
	after    string           // the commit behind it, the new head of main
}

// step is one part of a release. Nothing that others see is changed before the last one.
type step struct {
	name string
	run  func(context.Context) error
}

func (r *Release) checks() []step {
	return []step{
		{"the version is valid and follows the last one", r.checkVersion},
		{"the tree is clean and is the head of main", r.checkTree},
		{"CHANGELOG.md has an entry", r.checkChangelog},
		{"the exported API allows the version", r.checkAPI},
	}
}

// Check runs the checks alone. It changes nothing.
func (r *Release) Check(ctx context.Context) error { return r.run(ctx, r.checks()) }

// Make runs the checks and makes the commits and the tags, locally.
func (r *Release) Make(ctx context.Context) error {
	err := r.run(ctx, append(r.checks(),
		step{"the commits, outside the branch", r.makeCommits},
		step{"users outside the repository, without replace", r.tryConsumers},
		step{"the tags", r.makeTags},
	))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(r.Out, "nothing is published yet; to publish, run\n\tmake publish VERSION=%s\n", r.Version)
	return nil
}

// run runs steps in order, up to the first error, and removes what they left.
func (r *Release) run(ctx context.Context, steps []step) (err error) {
	r.git = command.Runner{Dir: r.Root}
	if r.work, err = os.MkdirTemp("", "release"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.clean(ctx)) }()
	for i, s := range steps {
		start := time.Now()
		_, _ = fmt.Fprintf(r.Out, "step %d of %d: %s\n", i+1, len(steps), s.name)
		if err := s.run(ctx); err != nil {
			return fmt.Errorf("release of %s, step %d (%s): %w", r.Version, i+1, s.name, err)
		}
		_, _ = fmt.Fprintf(r.Out, "  done in %.0f s\n", time.Since(start).Seconds())
	}
	return nil
}

// clean removes the temporary folder, and the checkouts in it from the list that git keeps.
func (r *Release) clean(ctx context.Context) error {
	if err := os.RemoveAll(r.work); err != nil {
		return err
	}
	_, err := r.git.Git(context.WithoutCancel(ctx), "worktree", "prune")
	return err
}

// kept returns the folder for the proxy and the consumers.
func (r *Release) kept() string {
	if r.Keep != "" {
		return r.Keep
	}
	return r.work
}

func (r *Release) proxy() *proxy.Proxy { return &proxy.Proxy{Dir: filepath.Join(r.kept(), "proxy")} }

// checkout checks out a commit into a new folder outside the repository.
func (r *Release) checkout(ctx context.Context, name, commit string) (string, error) {
	dir := filepath.Join(r.work, name)
	_, err := git(ctx, r.git, "worktree", "add", "--quiet", "--detach", dir, commit)
	return dir, err
}

// git runs git without the settings of the user that change what is checked out and committed, and without hooks.
func git(ctx context.Context, in command.Runner, args ...string) (string, error) {
	return in.Git(ctx, append([]string{"-c", "core.autocrlf=false", "-c", "core.hooksPath=" + os.DevNull}, args...)...)
}
