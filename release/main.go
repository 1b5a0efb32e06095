// Command release releases all modules of the repository, and rehearses that. RELEASING.md describes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/microkubes/microkubes-go/release/internal/changelog"
	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/rehearsal"
	"github.com/microkubes/microkubes-go/release/internal/releasing"
)

const usage = "usage: make release VERSION=v0.1.0, or changelog, publish or published in the place of release; or make rehearse"

// limit is the time for everything that the program runs.
const limit = 30 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx, os.Args[1:])
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	root, err := command.Runner{}.Git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "rehearse":
		return rehearse(ctx, root)
	case len(args) != 2 || args[1] == "":
		return errors.New(usage)
	}
	version := args[1]
	release := &releasing.Release{Root: root, Version: version, Keep: os.Getenv("KEEP"), Out: os.Stdout, Now: time.Now()}
	switch args[0] {
	case "make":
		return release.Make(ctx)
	case "check":
		return release.Check(ctx)
	case "publish":
		return releasing.Publish(ctx, root, version)
	case "published":
		return releasing.TryPublished(ctx, root, version, os.Stdout)
	case "changelog":
		return openChangelog(filepath.Join(root, "CHANGELOG.md"), version)
	}
	return errors.New(usage)
}

// rehearse rehearses a release, and compares the excerpt in RELEASING.md with the transcript.
func rehearse(ctx context.Context, root string) error {
	page, err := os.ReadFile(filepath.Join(root, "RELEASING.md")) //nolint:gosec // the page of this repository
	if err != nil {
		return err
	}
	return rehearsal.Run(ctx, root, os.Stdout, string(page))
}

// openChangelog moves the changes below Unreleased into an entry for version.
func openChangelog(name, version string) error {
	text, err := os.ReadFile(name) //nolint:gosec // the file of this repository
	if err != nil {
		return err
	}
	opened, err := changelog.Open(string(text), version, time.Now())
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(opened), 0o644) //nolint:gosec // a page for everybody
}
