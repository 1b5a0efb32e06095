// Package rehearsal makes two releases in a clone of the repository, publishes them to a remote of that clone, and tries them
// as users. Nothing leaves the machine.
package rehearsal

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/microkubes/microkubes-go/release/internal/changelog"
	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/version"
)

// rehearsal is one run in a temporary folder.
type rehearsal struct {
	dir    string         // the folder, which also keeps the module proxy and the users
	root   string         // the clone
	run    command.Runner // in the clone
	out    io.Writer
	first  string // the next release of the repository
	second string // a patch after it
}

type scene struct {
	name string
	play func(context.Context) error
}

// Run rehearses the next release of the commit that is checked out at root, and a patch after it, and writes a transcript to
// out. Changes that are not committed are not part of it. If page is not empty, it is a page with an excerpt of the transcript,
// which Run compares.
func Run(ctx context.Context, root string, out io.Writer, page string) (err error) {
	dir, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return err
	}
	defer func() {
		if removed := os.RemoveAll(dir); err == nil {
			err = removed
		}
	}()
	var transcript strings.Builder
	r := &rehearsal{dir: dir, root: filepath.Join(dir, "clone"), out: io.MultiWriter(out, &transcript)}
	r.run = command.Runner{Dir: r.root, Env: []string{"GOWORK=", "MAKEFLAGS=", "MAKELEVEL=", "KEEP=" + dir,
		// Hooks, signatures and other settings of the developer are not part of a release.
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=0", "GIT_CONFIG_PARAMETERS=",
		"GIT_TEMPLATE_DIR="}}
	if err := r.clone(ctx, root); err != nil {
		return err
	}
	for _, s := range r.scenes() {
		start := time.Now()
		r.say("=== %s", s.name)
		if err := s.play(ctx); err != nil {
			return fmt.Errorf("the rehearsal fails: %s: %w", s.name, err)
		}
		r.say("--- %.0f s", time.Since(start).Seconds())
	}
	if page == "" {
		return nil
	}
	return Holds(page, transcript.String(), r.first, r.second)
}

func (r *rehearsal) scenes() []scene {
	return []scene{
		{"versions that are refused", r.refuseVersions},
		{"trees that are refused", r.refuseTrees},
		{"the release of " + r.first, r.releaseFirst},
		{"publish " + r.first, r.publishFirst},
		{"changes that " + r.second + " may not have", r.refuseChanges},
		{"the release of " + r.second + ", with a fix in core alone", r.releaseSecond},
		{"a user raises core alone, and then everything", r.raise},
	}
}

// clone clones the repository, with a remote that has the commit of root as main.
func (r *rehearsal) clone(ctx context.Context, root string) error {
	remote := filepath.Join(r.dir, "remote.git")
	source := command.Runner{Dir: root}
	head, err := source.Git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	// The settings of the developer may say that git may read the repository.
	_, err = source.Git(ctx, "-c", "core.hooksPath="+os.DevNull, "clone", "--quiet", "--bare", "--template=", root, remote)
	if err != nil {
		return err
	}
	if head, err = r.withoutHistory(ctx, remote, head); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"-C", remote, "update-ref", "refs/heads/main", head},
		{"-C", remote, "symbolic-ref", "HEAD", "refs/heads/main"},
		{"clone", "--quiet", "--template=", "--branch", "main", remote, r.root},
		{"-C", r.root, "config", "user.name", "Rehearsal"},
		{"-C", r.root, "config", "user.email", "rehearsal@example.com"},
	} {
		if _, err := r.run.In(r.dir).Git(ctx, args...); err != nil {
			return err
		}
	}
	return r.chooseVersions(ctx)
}

// withoutHistory returns head. In a shallow clone, as a CI job has it, it returns a commit of the same files without parents:
// releases refuse shallow clones.
func (r *rehearsal) withoutHistory(ctx context.Context, remote, head string) (string, error) {
	git := r.run.In(remote)
	shallow, err := git.Git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil || shallow != "true" {
		return head, err
	}
	head, err = git.Git(ctx, "-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@example.com", "commit-tree", head+"^{tree}",
		"-m", "The files of a shallow clone")
	if err != nil {
		return "", err
	}
	refs, err := git.Git(ctx, "for-each-ref", "--format=%(refname)")
	if err != nil {
		return "", err
	}
	for _, ref := range strings.Fields(refs) {
		if _, err := git.Git(ctx, "update-ref", "-d", ref); err != nil {
			return "", err
		}
	}
	return head, os.Remove(filepath.Join(remote, "shallow"))
}

// chooseVersions rehearses the version whose entry is on top of the changelog, unless that is tagged: then the next minor one.
func (r *rehearsal) chooseVersions(ctx context.Context) error {
	tags, err := r.run.Git(ctx, "tag", "--list")
	if err != nil {
		return err
	}
	var released []string
	for _, tag := range strings.Fields(tags) {
		if v := tag[strings.LastIndex(tag, "/")+1:]; semver.IsValid(v) {
			released = append(released, v)
		}
	}
	text, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	r.first = changelog.Top(string(text))
	if !semver.IsValid(r.first) || semver.Prerelease(r.first) != "" || slices.Contains(released, r.first) {
		r.first = version.Next(version.Last(released))[1]
	}
	r.second = version.Next(r.first)[0]
	return nil
}

// modules returns the released modules in the order of their tags.
func (r *rehearsal) modules() ([]modules.Module, error) {
	all, err := modules.Read(r.root)
	if err != nil {
		return nil, err
	}
	return modules.Released(all)
}

func (r *rehearsal) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format+"\n", args...)
}
