package releasing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/microkubes/microkubes-go/release/internal/api"
	"github.com/microkubes/microkubes-go/release/internal/changelog"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/version"
)

func (r *Release) checkVersion(ctx context.Context) (err error) {
	if r.head, err = r.git.Git(ctx, "rev-parse", "HEAD"); err != nil {
		return err
	}
	if r.source, err = r.checkout(ctx, "source", r.head); err != nil {
		return err
	}
	if r.all, err = modules.Read(r.source); err != nil {
		return err
	}
	if r.released, err = modules.Released(r.all); err != nil {
		return err
	}
	if err := r.readTags(ctx); err != nil {
		return err
	}
	if err := version.Check(r.Version, r.versions); err != nil {
		return err
	}
	return modules.CheckPaths(r.released, r.Version)
}

// readTags reads the tags of the repository and of its remote, which may have some that were not fetched.
func (r *Release) readTags(ctx context.Context) error {
	if err := CheckRemote(ctx, r.git); err != nil {
		return err
	}
	local, err := r.git.Git(ctx, "for-each-ref", "--format=%(objectname)\t%(refname)", "refs/tags")
	if err != nil {
		return err
	}
	there, err := r.git.Git(ctx, "ls-remote", "--tags", "--refs", remote)
	if err != nil {
		return fmt.Errorf("the tags of the remote %s cannot be read: repair the connection: %w", remote, err)
	}
	objects := map[string]string{}
	for line := range strings.Lines(local + "\n" + there) {
		object, tag, found := strings.Cut(strings.TrimSpace(line), "\trefs/tags/")
		if !found {
			continue
		}
		if known := objects[tag]; known != "" && known != object {
			return fmt.Errorf("the tag %s is another one here than on %s: find out which of them moved, since users have the "+
				"first one; git fetch --tags --force takes that of %[2]s", tag, remote)
		}
		objects[tag] = object
	}
	r.tags = slices.Sorted(maps.Keys(objects))
	for _, tag := range r.tags {
		if v := path.Base(tag); path.Dir(tag) != "." && semver.IsValid(v) {
			r.versions = append(r.versions, v)
		}
	}
	r.last = version.Last(r.versions)
	return nil
}

func (r *Release) checkTree(ctx context.Context) error {
	on, err := r.git.Git(ctx, "branch", "--show-current")
	if err != nil {
		return err
	}
	if on != branch {
		return fmt.Errorf("this is the branch %q, and releases are made from %s: run git switch %[2]s", on, branch)
	}
	changed, err := r.git.Git(ctx, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("the tree is not clean: commit, stash or remove\n%s", changed)
	}
	ref, err := r.git.Git(ctx, "ls-remote", remote, "refs/heads/"+branch)
	if err != nil {
		return err
	}
	if shallow, err := r.git.Git(ctx, "rev-parse", "--is-shallow-repository"); err != nil || shallow == "true" {
		return errors.Join(errors.New("this is a shallow clone: run git fetch --unshallow --tags"), err)
	}
	if there, _, _ := strings.Cut(ref, "\t"); there != r.head {
		return fmt.Errorf("%s is not at the head of %[1]s on %s: run git pull --ff-only, and push what is not there, so that CI "+
			"has seen it", branch, remote)
	}
	return nil
}

func (r *Release) checkChangelog(context.Context) error {
	text, err := os.ReadFile(filepath.Join(r.source, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	return changelog.Check(string(text), r.Version, r.Now)
}

// checkAPI compares each module with its last release. A module that was released then and is not any more is a change, too.
func (r *Release) checkAPI(ctx context.Context) error {
	if r.last == "" {
		_, _ = fmt.Fprintln(r.Out, "  there is no release to compare with")
		return nil
	}
	changes := r.removed()
	var compared []modules.Module
	for _, m := range r.released {
		if slices.Contains(r.tags, m.Tag(r.last)) {
			compared = append(compared, m)
			continue
		}
		_, _ = fmt.Fprintf(r.Out, "  %s is new\n", m.Dir)
	}
	if len(compared) > 0 {
		found, err := r.compare(ctx, compared)
		if err != nil {
			return err
		}
		changes = append(changes, found...)
	}
	return api.Judge(changes, r.last, r.Version)
}

// compare compares modules with their last release.
func (r *Release) compare(ctx context.Context, compared []modules.Module) ([]api.Changes, error) {
	old, err := r.checkoutLast(ctx)
	if err != nil {
		return nil, err
	}
	tool, err := api.Install(ctx, r.git, r.work)
	if err != nil {
		return nil, err
	}
	var changes []api.Changes
	for _, m := range compared {
		c, err := tool.Compare(ctx, old, r.source, m)
		if err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(r.Out, "  %s: %d incompatible changes and %d additions since %s\n", m.Dir, len(c.Incompatible),
			len(c.Compatible), r.last)
		changes = append(changes, c)
	}
	return changes, nil
}

// checkoutLast checks out the commit after the last release, which has its code and the replace lines with which the modules
// build alone. The tags of all modules point to one commit.
func (r *Release) checkoutLast(ctx context.Context) (string, error) {
	for _, tag := range r.tags {
		if path.Base(tag) == r.last {
			after, err := r.git.Git(ctx, "rev-list", "--reverse", "--ancestry-path", "refs/tags/"+tag+"..HEAD")
			if err != nil {
				return "", fmt.Errorf("the tags of %s are on %s alone: run git fetch --tags: %w", r.last, remote, err)
			}
			if after == "" {
				return "", fmt.Errorf("%s does not descend from %s: releases are made from %s alone", branch, tag, branch)
			}
			first, _, _ := strings.Cut(after, "\n")
			return r.checkout(ctx, "last", first)
		}
	}
	return "", errors.New("the last release has no tag")
}

// removed returns the modules of the last release that are not released any more.
func (r *Release) removed() []api.Changes {
	var changes []api.Changes
	for _, tag := range r.tags {
		dir := path.Dir(tag)
		known := slices.ContainsFunc(r.released, func(m modules.Module) bool { return m.Dir == dir }) ||
			slices.ContainsFunc(changes, func(c api.Changes) bool { return c.Module == dir })
		if path.Base(tag) == r.last && !known {
			changes = append(changes, api.Changes{Module: dir, Incompatible: []string{"the module is not released any more"}})
		}
	}
	return changes
}
