// Package api compares the exported API of modules with their last release.
package api

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/version"
)

// pinned is the program that compares. Internal packages do not count.
const pinned = "golang.org/x/exp/cmd/apidiff@v0.0.0-20261113113407-e3970619a1a4"

// Tool is the installed program apidiff.
type Tool struct {
	run  command.Runner
	path string
	dir  string
}

// Install installs apidiff into a folder.
func Install(ctx context.Context, run command.Runner, dir string) (Tool, error) {
	if _, err := run.With("GOWORK=off", "GOBIN="+dir).Go(ctx, "install", pinned); err != nil {
		return Tool{}, fmt.Errorf("apidiff cannot be installed: set GOPROXY to a module proxy that has it: %w", err)
	}
	return Tool{run: run, path: filepath.Join(dir, "apidiff"), dir: dir}, nil
}

// Changes are the differences between two versions of a module, one line each.
type Changes struct {
	Module                   string // its folder
	Incompatible, Compatible []string
}

// Compare compares a module in the checkout at newRoot with its older version in the checkout at oldRoot, on each platform for
// which one of them has files of its own. Both are loaded alone, with their replace lines, since what they require may not be
// published.
func (t Tool) Compare(ctx context.Context, oldRoot, newRoot string, m modules.Module) (Changes, error) {
	alone := t.run.With("GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	before, after := alone.In(filepath.Join(oldRoot, m.Dir)), alone.In(filepath.Join(newRoot, m.Dir))
	platforms, err := Platforms(before.Dir, after.Dir)
	if err != nil {
		return Changes{}, err
	}
	all := Changes{Module: m.Dir}
	export := filepath.Join(t.dir, strings.ReplaceAll(m.Dir, "/", "-")+".export")
	for _, p := range platforms {
		if _, err := before.With(p.env()...).Run(ctx, t.path, "-m", "-w", export, m.Path); err != nil {
			return Changes{}, fmt.Errorf("the API of the last release of %s: %w", m.Dir, err)
		}
		out, err := after.With(p.env()...).Run(ctx, t.path, "-m", export, m.Path)
		if err != nil {
			return Changes{}, fmt.Errorf("the API of %s: %w", m.Dir, err)
		}
		found, err := Parse(m.Dir, out)
		if err != nil {
			return Changes{}, err
		}
		all.Incompatible = union(all.Incompatible, found.Incompatible)
		all.Compatible = union(all.Compatible, found.Compatible)
	}
	return all, nil
}

func union(all, more []string) []string {
	return append(all, slices.DeleteFunc(more, func(s string) bool { return slices.Contains(all, s) })...)
}

// Parse reads what apidiff prints.
func Parse(dir, out string) (Changes, error) {
	c := Changes{Module: dir}
	var into *[]string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch item, isItem := strings.CutPrefix(line, "- "); {
		case line == "Incompatible changes:":
			into = &c.Incompatible
		case line == "Compatible changes:":
			into = &c.Compatible
		case isItem && into != nil:
			*into = append(*into, item)
		case line != "":
			return c, fmt.Errorf("apidiff printed a line that is not understood: %q", line)
		}
	}
	return c, nil
}

// Judge returns an error if a version that follows last may not have the changes.
func Judge(all []Changes, last, v string) error {
	var refused, added []string
	for _, c := range all {
		for _, change := range c.Incompatible {
			refused = append(refused, c.Module+": "+change)
		}
		for _, change := range c.Compatible {
			added = append(added, c.Module+": "+change)
		}
	}
	next := version.Next(last)
	switch {
	case len(refused) > 0 && !version.MayBreak(last, v):
		higher := next[2]
		if strings.HasPrefix(v, "v0.") {
			higher = next[1]
		}
		return fmt.Errorf("%s may not change the API of %s incompatibly: take these changes back, or release %s:\n\t%s",
			v, last, higher, strings.Join(refused, "\n\t"))
	case len(added) > 0 && !version.MayAdd(last, v):
		return fmt.Errorf("%s is a patch, and these are additions to the API: release %s:\n\t%s",
			v, next[1], strings.Join(added, "\n\t"))
	}
	return nil
}
