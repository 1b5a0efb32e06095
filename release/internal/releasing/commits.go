package releasing

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/consumer"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// makeCommits makes two commits behind the head of main, in a checkout of their own. In the first, which the tags are for, all
// modules require each other in the new version, and the released ones replace none. The second has the replace lines again,
// with which the modules are developed.
func (r *Release) makeCommits(ctx context.Context) (err error) {
	if r.tree, err = r.checkout(ctx, "tree", r.head); err != nil {
		return err
	}
	// A clone that shares the objects, because zip.CreateFromVCS does not take a work tree for a repository.
	r.objects = filepath.Join(r.work, "objects")
	if _, err := git(ctx, r.git, "clone", "--quiet", "--shared", "--template=", "--no-checkout", r.Root, r.objects); err != nil {
		return err
	}
	in := r.git.In(r.tree)
	development := map[string][]byte{} // the files of the second commit, by name
	for _, m := range r.all {
		if err := r.raise(m, development); err != nil {
			return err
		}
	}
	sums := map[string][]string{}
	for _, m := range r.released {
		if err := r.detach(ctx, in, m, development, sums); err != nil {
			return err
		}
	}
	r.commit, err = commit(ctx, in, "Release "+r.Version, "The released modules require each other in this version and replace\n"+
		"none, so that users can install their commands. The next commit restores\nthe replace lines.")
	if err != nil {
		return err
	}
	for name, data := range development {
		if err := restore(filepath.Join(r.tree, name), data); err != nil {
			return err
		}
	}
	r.after, err = commit(ctx, in, "Continue after "+r.Version, "The modules replace each other again, so that each builds\n"+
		"alone from its folder.")
	return err
}

// raise raises the requirements in the go.mod file of m, and keeps the result, and go.sum as it is, in development.
func (r *Release) raise(m modules.Module, development map[string][]byte) error {
	name := filepath.Join(m.Dir, "go.mod")
	data, err := os.ReadFile(filepath.Join(r.tree, name)) //nolint:gosec // a file of the repository
	if err != nil {
		return err
	}
	data, err = modules.Raise(data, r.released, r.Version)
	if err != nil {
		return err
	}
	if m.Released {
		development[name] = data
		sum := filepath.Join(m.Dir, "go.sum")
		before, err := os.ReadFile(filepath.Join(r.tree, sum)) //nolint:gosec // a file of the repository
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		development[sum] = before
	}
	return os.WriteFile(filepath.Join(r.tree, name), data, 0o644) //nolint:gosec // a file of the repository
}

// restore writes a file, or removes it if it has nothing in it.
func restore(name string, data []byte) error {
	if len(data) > 0 {
		return os.WriteFile(name, data, 0o644) //nolint:gosec // a file of the repository
	}
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// detach makes the go.mod and go.sum files of a released module as users get them, and adds the module to the proxy. Its
// requirements come before it, so their hashes are in sums.
func (r *Release) detach(ctx context.Context, in command.Runner, m modules.Module, development map[string][]byte,
	sums map[string][]string) error {
	name := filepath.Join(m.Dir, "go.mod")
	data, err := modules.Detach(development[name], r.released)
	if err != nil {
		return err
	}
	if left, err := modules.Replaces(data); err != nil || len(left) > 0 {
		return fmt.Errorf("%s still replaces %s: a released module may replace only the others of go.work, which the release "+
			"undoes; go install would refuse it", name, strings.Join(left, ", "))
	}
	if err := os.WriteFile(filepath.Join(r.tree, name), data, 0o644); err != nil { //nolint:gosec // a file of the repository
		return err
	}
	var required []string
	for _, path := range m.Requires {
		required = append(required, sums[path]...)
	}
	if len(required) > 0 {
		if err := modules.AddSums(filepath.Join(r.tree, m.Dir), required); err != nil {
			return err
		}
	}
	if _, err := git(ctx, in, "add", "--all"); err != nil {
		return err
	}
	tree, err := in.Git(ctx, "write-tree")
	if err != nil {
		return err
	}
	v := module.Version{Path: m.Path, Version: r.Version}
	if sums[m.Path], err = r.proxy().Add(v, r.objects, tree, m.Dir, r.Now); err != nil {
		return err
	}
	files, err := r.proxy().Files(v)
	if err != nil {
		return err
	}
	return checkFiles(m, files)
}

// maxFile is the size of the largest file that a module may have, in bytes. Test vectors are smaller, and programs are not.
const maxFile = 1 << 20

// checkFiles returns an error unless the files in the zip file of a module are what users need.
func checkFiles(m modules.Module, files map[string]uint64) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || files[name] > maxFile {
			return fmt.Errorf("the zip file of %s would have %s, which is hidden or larger than %d bytes: remove it, since "+
				"every user downloads it and no version can be taken back", m.Dir, name, maxFile)
		}
	}
	if _, ok := files["LICENSE"]; !ok {
		return fmt.Errorf("the zip file of %s has no LICENSE, without which pkg.go.dev shows no documentation: add one to the "+
			"root of the repository", m.Dir)
	}
	return nil
}

// commit commits everything and returns the name of the commit.
func commit(ctx context.Context, in command.Runner, subject, body string) (string, error) {
	if _, err := git(ctx, in, "add", "--all"); err != nil {
		return "", err
	}
	args := []string{"commit", "--quiet", "--no-verify", "--allow-empty", "--message", subject, "--message", body}
	if _, err := git(ctx, in, args...); err != nil {
		return "", err
	}
	return in.Git(ctx, "rev-parse", "HEAD")
}

// tryConsumers checks that the released go.mod and go.sum files are complete, and uses the modules as users do.
func (r *Release) tryConsumers(ctx context.Context) error {
	env, err := consumer.Environment(ctx, r.git, r.kept(), r.proxy())
	if err != nil {
		return err
	}
	tagged, err := r.checkout(ctx, "tagged", r.commit)
	if err != nil {
		return err
	}
	for _, m := range r.released {
		if _, err := env.In(filepath.Join(tagged, m.Dir)).Go(ctx, "mod", "tidy", "-diff"); err != nil {
			return fmt.Errorf("the go.mod or go.sum file of the release of %s is not tidy: run make tidy-check on %s: %w",
				m.Dir, branch, err)
		}
	}
	templates := os.DirFS(filepath.Join(r.source, consumer.Templates))
	return consumer.All(ctx, env, tagged, filepath.Join(r.kept(), "users", r.Version), templates, r.released, r.Version, r.Out)
}
