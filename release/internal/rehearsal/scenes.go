package rehearsal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/release/internal/changelog"
)

// rehearsed is a file that the rehearsal adds to core, so that users can tell a release with a fault from one with the fix.
const rehearsed = "core/coretest/rehearsal.go"

const rehearsedSource = `package coretest

// Rehearsal tells users of a rehearsed release which one they have.
func Rehearsal() string { return "fault" }
`

func (r *rehearsal) refuseVersions(ctx context.Context) error {
	for _, c := range []struct{ version, want string }{
		{"", "VERSION=v0.1.0"},
		{strings.TrimPrefix(r.first, "v"), "leading v"},
		{"v0.1", "write all three numbers"},
		{r.first + "+build", "build metadata"},
		{"v9.9.9", "does not follow"},
	} {
		if err := r.refused(ctx, c.version, c.want); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsal) refuseTrees(ctx context.Context) error {
	if err := r.write(rehearsed, rehearsedSource); err != nil {
		return err
	}
	if err := r.refused(ctx, r.first, "the tree is not clean"); err != nil {
		return err
	}
	if err := r.commit(ctx, "A file for the rehearsal"); err != nil {
		return err
	}
	if err := r.refused(ctx, r.first, "not at the head of main on origin"); err != nil {
		return err
	}
	if _, err := r.run.Git(ctx, "switch", "--quiet", "--create", "work"); err != nil {
		return err
	}
	if err := r.refused(ctx, r.first, "git switch main"); err != nil {
		return err
	}
	if _, err := r.run.Git(ctx, "switch", "--quiet", "main"); err != nil {
		return err
	}
	return r.push(ctx)
}

func (r *rehearsal) releaseFirst(ctx context.Context) error {
	if err := r.openChangelog(ctx, r.first); err != nil {
		return err
	}
	return r.release(ctx, r.first)
}

// publishFirst publishes, and checks that the remote has the tags of all modules.
func (r *rehearsal) publishFirst(ctx context.Context) error {
	if err := r.refused(ctx, r.first, "already tagged"); err != nil {
		return err
	}
	return r.publish(ctx, r.first)
}

// refuseChanges removes an exported function, and begins without an entry in the changelog.
func (r *rehearsal) refuseChanges(ctx context.Context) error {
	if err := r.write(rehearsed, strings.ReplaceAll(rehearsedSource, "Rehearsal", "Renamed")); err != nil {
		return err
	}
	if err := r.commit(ctx, "Rename a function"); err != nil {
		return err
	}
	if err := r.push(ctx); err != nil {
		return err
	}
	if err := r.refused(ctx, r.second, "CHANGELOG.md has no entry for "+r.second); err != nil {
		return err
	}
	if err := r.openChangelog(ctx, r.second); err != nil {
		return err
	}
	return r.refused(ctx, r.second, "may not change the API of "+r.first+" incompatibly")
}

func (r *rehearsal) releaseSecond(ctx context.Context) error {
	if err := r.write(rehearsed, strings.ReplaceAll(rehearsedSource, "fault", "fix")); err != nil {
		return err
	}
	if err := r.commit(ctx, "Restore the function, and fix it"); err != nil {
		return err
	}
	if err := r.push(ctx); err != nil {
		return err
	}
	if err := r.release(ctx, r.second); err != nil {
		return err
	}
	return r.publish(ctx, r.second)
}

// openChangelog writes an entry for version, if there is none, and pushes it.
func (r *rehearsal) openChangelog(ctx context.Context, version string) error {
	text, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if changelog.Check(string(text), version, time.Now()) == nil {
		return nil
	}
	changed := strings.Replace(string(text), "## Unreleased\n", "## Unreleased\n\n- A line of the rehearsal.\n", 1)
	if err := r.write("CHANGELOG.md", changed); err != nil {
		return err
	}
	if _, err := r.run.Run(ctx, "make", "changelog", "VERSION="+version); err != nil {
		return err
	}
	if err := r.commit(ctx, "Changelog of "+version); err != nil {
		return err
	}
	return r.push(ctx)
}

// release makes a release and repeats what it says, without the times.
func (r *rehearsal) release(ctx context.Context, version string) error {
	r.say("$ make release VERSION=%s", version)
	said, err := r.run.Run(ctx, "make", "--no-print-directory", "release", "VERSION="+version)
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "  done in ") {
			r.say("%s", strings.TrimRight(line, "\n"))
		}
	}
	return err
}

// publish publishes a version, and checks what the remote has.
func (r *rehearsal) publish(ctx context.Context, version string) error {
	r.say("$ make publish VERSION=%s", version)
	if _, err := r.run.Run(ctx, "make", "publish", "VERSION="+version); err != nil {
		return err
	}
	released, err := r.modules()
	if err != nil {
		return err
	}
	there, err := r.run.Git(ctx, "ls-remote", "--tags", "origin")
	if err != nil {
		return err
	}
	for _, m := range released {
		if !strings.Contains(there, "refs/tags/"+m.Tag(version)+"\n") {
			return fmt.Errorf("the remote has no tag %s", m.Tag(version))
		}
	}
	status, err := r.run.Git(ctx, "status", "--porcelain")
	if err == nil && status != "" {
		err = fmt.Errorf("the release left changes in the tree:\n%s", status)
	}
	return err
}

// refused makes a release that must fail with an error that contains want, and must leave no tag.
func (r *rehearsal) refused(ctx context.Context, version, want string) error {
	tags, err := r.run.Git(ctx, "tag", "--list")
	if err != nil {
		return err
	}
	said, err := r.run.Run(ctx, "make", "--no-print-directory", "release", "VERSION="+version)
	if err == nil {
		return fmt.Errorf("make release VERSION=%s must fail: %s", version, said)
	}
	if !strings.Contains(err.Error(), want) {
		return fmt.Errorf("make release VERSION=%s must fail with %q: %w", version, want, err)
	}
	after, err2 := r.run.Git(ctx, "tag", "--list")
	if err2 != nil {
		return err2
	}
	if after != tags {
		return fmt.Errorf("make release VERSION=%s has failed and left tags", version)
	}
	r.say("$ make release VERSION=%s", version)
	for line := range strings.Lines(err.Error()) {
		switch {
		case strings.Contains(line, want):
			r.say("refused: %s", strings.TrimSpace(line))
		case strings.HasPrefix(line, "\t"):
			r.say("    %s", strings.TrimSpace(line))
		}
	}
	return nil
}

func (r *rehearsal) write(name, text string) error {
	return os.WriteFile(filepath.Join(r.root, name), []byte(text), 0o600) //nolint:gosec // the names are constants
}

func (r *rehearsal) commit(ctx context.Context, subject string) error {
	if _, err := r.run.Git(ctx, "add", "--all"); err != nil {
		return err
	}
	_, err := r.run.Git(ctx, "commit", "--quiet", "--message", subject)
	return err
}

func (r *rehearsal) push(ctx context.Context) error {
	_, err := r.run.Git(ctx, "push", "--quiet", "origin", "main")
	return err
}
