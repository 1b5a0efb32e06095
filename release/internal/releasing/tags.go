package releasing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

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

// Publish pushes main and the tags of a version, all or none of them.
func Publish(ctx context.Context, root, version string) error {
	git := command.Runner{Dir: root}
	all, err := modules.Read(root)
	if err != nil {
		return err
	}
	released, err := modules.Released(all)
	if err != nil {
		return err
	}
	args := []string{"push", "--atomic", remote, "refs/heads/" + branch}
	for _, m := range released {
		tag := "refs/tags/" + m.Tag(version)
		if _, err := git.Git(ctx, "rev-parse", "--quiet", "--verify", tag); err != nil {
			return fmt.Errorf("there is no tag %s: run make release VERSION=%s", m.Tag(version), version)
		}
		args = append(args, tag)
	}
	if _, err := git.Git(ctx, slices.Clip(args)...); err != nil {
		return fmt.Errorf("nothing was published; if %s of %s has moved, undo the release on this machine and begin again:\n"+
			"\tgit tag --delete $(git tag --list '*/%s') && git fetch %[2]s && git reset --keep %[2]s/%[1]s\n%[4]w",
			branch, remote, version, err)
	}
	return nil
}

// TryPublished uses a published version as users do, from the usual proxy. The repository must have its tags.
func TryPublished(ctx context.Context, root, version string, out io.Writer) (err error) {
	r := &Release{Root: root, Version: version, Out: out}
	return r.run(ctx, []step{{"users outside the repository, from the usual proxy", r.tryPublished}})
}

func (r *Release) tryPublished(ctx context.Context) (err error) {
	if r.all, err = modules.Read(r.Root); err != nil {
		return err
	}
	if r.released, err = modules.Released(r.all); err != nil {
		return err
	}
	env, err := consumer.Environment(ctx, r.git, r.work, nil)
	if err != nil {
		return err
	}
	tagged, err := r.checkout(ctx, "tagged", "refs/tags/"+r.released[0].Tag(r.Version))
	if err != nil {
		return err
	}
	templates := os.DirFS(filepath.Join(tagged, consumer.Templates))
	return consumer.All(ctx, env, tagged, filepath.Join(r.work, "users"), templates, r.released, r.Version, r.Out)
}
