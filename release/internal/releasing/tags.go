package releasing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/consumer"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// makeTags tags the release, in the order in which the modules require each other, and moves main forward. If that fails, no
// tag is left.
func (r *Release) makeTags(ctx context.Context) (err error) {
	var made []string
	defer func() {
		if err != nil && len(made) > 0 {
			_, undone := r.git.Git(context.WithoutCancel(ctx), append([]string{"tag", "--delete"}, made...)...)
			err = errors.Join(err, undone)
		}
	}()
	for _, m := range r.released {
		tag := m.Tag(r.Version)
		if _, err := r.git.Git(ctx, "tag", "--annotate", "--message", m.Dir+" "+r.Version, tag, r.commit); err != nil {
			return err
		}
		made = append(made, tag)
		_, _ = fmt.Fprintf(r.Out, "  %s\n", tag)
	}
	_, err = r.git.Git(ctx, "merge", "--quiet", "--ff-only", r.after)
	return err
}

// Publish pushes main and the tags of a version, all or none of them, and nothing else.
func Publish(ctx context.Context, root, version string) error {
	if err := wellFormed(version); err != nil {
		return err
	}
	git := command.Runner{Dir: root}
	if err := CheckRemote(ctx, git); err != nil {
		return err
	}
	all, err := modules.Read(root)
	if err != nil {
		return err
	}
	released, err := modules.Released(all)
	if err != nil {
		return err
	}
	if err := checkMade(ctx, git, released, version); err != nil {
		return err
	}
	args := []string{"push", "--atomic", "--no-follow-tags", remote, "refs/heads/" + branch + ":refs/heads/" + branch}
	for _, m := range released {
		tag := "refs/tags/" + m.Tag(version)
		args = append(args, tag+":"+tag)
	}
	if _, err := git.Git(ctx, args...); err != nil {
		return fmt.Errorf("nothing was published; if %s of %s has moved, %s:\n%w", branch, remote, again(version), err)
	}
	return nil
}

// checkMade returns an error unless the tags of a version are as makeTags leaves them: all on one commit of makeCommits, with the
// other one behind it as the head of main. What was changed since then was not checked.
func checkMade(ctx context.Context, git command.Runner, released []modules.Module, version string) error {
	before := "refs/heads/" + branch + "~1"
	want, err := git.Git(ctx, "rev-parse", "--quiet", "--verify", before+"^{commit}")
	if err != nil {
		return fmt.Errorf("%s has no commit before its head: run make release VERSION=%s: %w", branch, version, err)
	}
	for _, m := range released {
		tagged, err := git.Git(ctx, "rev-parse", "--quiet", "--verify", "refs/tags/"+m.Tag(version)+"^{commit}")
		if err != nil {
			return fmt.Errorf("there is no tag %s: run make release VERSION=%s", m.Tag(version), version)
		}
		if tagged != want {
			return fmt.Errorf("the tag %s is not on the commit before the head of %s, where make release has put it; %s",
				m.Tag(version), branch, again(version))
		}
	}
	subjects, err := git.Git(ctx, "log", "--max-count=2", "--format=%s", "refs/heads/"+branch)
	if err != nil {
		return err
	}
	if subjects != "Continue after "+version+"\nRelease "+version {
		return fmt.Errorf("the release of %s was not made by make release; %s", version, again(version))
	}
	return nil
}

// again says how to begin again after make release.
func again(version string) string {
	return fmt.Sprintf("undo the release on this machine and begin again:\n\tgit tag --delete $(git tag --list '*/%s') && "+
		"git fetch %s && git reset --keep %[2]s/%s", version, remote, branch)
}

func wellFormed(version string) error {
	if !semver.IsValid(version) || semver.Canonical(version) != version {
		return fmt.Errorf("VERSION %q is not a version: write it as v0.1.0", version)
	}
	return nil
}

// TryPublished uses a published version as users do, from the usual proxy. The repository must have its tags.
func TryPublished(ctx context.Context, root, version string, out io.Writer) (err error) {
	if err := wellFormed(version); err != nil {
		return err
	}
	r := &Release{Root: root, Version: version, Out: out}
	return r.run(ctx, []step{{"users outside the repository, from the usual proxy", r.tryPublished}})
}

func (r *Release) tryPublished(ctx context.Context) (err error) {
	tags, err := r.git.Git(ctx, "tag", "--list", "*/"+r.Version)
	if err != nil {
		return err
	}
	tag, _, _ := strings.Cut(tags, "\n")
	if tag == "" {
		return fmt.Errorf("there is no tag of %s here: run git fetch --tags", r.Version)
	}
	tagged, err := r.checkout(ctx, "tagged", "refs/tags/"+tag)
	if err != nil {
		return err
	}
	if r.all, err = modules.Read(tagged); err != nil {
		return err
	}
	if r.released, err = modules.Released(r.all); err != nil {
		return err
	}
	env, err := consumer.Environment(ctx, r.git, r.work, nil)
	if err != nil {
		return err
	}
	templates := os.DirFS(filepath.Join(tagged, consumer.Templates))
	return consumer.All(ctx, env, tagged, filepath.Join(r.work, "users"), templates, r.released, r.Version, r.Out)
}
