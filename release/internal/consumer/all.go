package consumer

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// All tries a version of all released modules: one consumer for each, and go install for each of their commands. The consumers
// are left in folders below dir, by the folders of their modules. root is a checkout of the version, for the names of commands.
func All(ctx context.Context, env command.Runner, root, dir string, templates fs.FS, released []modules.Module, version string,
	out io.Writer) error {
	if err := Complete(templates, released); err != nil {
		return err
	}
	for _, m := range released {
		if m.Internal() {
			continue // its users are other modules, which have consumers
		}
		sources, err := Sources(templates, m.Dir)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "  a user of %s\n", m.Dir)
		c, err := Create(ctx, env, filepath.Join(dir, m.Dir), sources, released, version)
		if err == nil {
			err = c.Check(ctx, out)
		}
		if err != nil {
			return fmt.Errorf("a user of %s@%s fails: %w", m.Path, version, err)
		}
	}
	for _, m := range released {
		if err := install(ctx, env, root, dir, m, version, out); err != nil {
			return err
		}
	}
	return nil
}

// Complete returns an error unless each released module has a consumer, but for internal ones, which no consumer can import, and
// each consumer has a released module: one that has none was forgotten in go.work.
func Complete(templates fs.FS, released []modules.Module) error {
	for _, m := range released {
		if _, err := Sources(templates, m.Dir); err != nil && !m.Internal() {
			return err
		}
	}
	return fs.WalkDir(templates, ".", func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || dir == "." {
			return err
		}
		below := func(m modules.Module) bool { return m.Dir == dir || strings.HasPrefix(m.Dir, dir+"/") }
		if !slices.ContainsFunc(released, below) {
			return fmt.Errorf("a consumer in %s tries %s, which is not released: look at go.work, or remove the consumer",
				Templates, dir)
		}
		return nil
	})
}

// install installs each command of a module by its version, which the go command refuses when go.mod replaces anything.
func install(ctx context.Context, env command.Runner, root, dir string, m modules.Module, version string, out io.Writer) error {
	in := env.In(filepath.Join(root, m.Dir))
	found, err := in.Go(ctx, "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./...")
	if err != nil {
		return err
	}
	for _, pkg := range strings.Fields(found) {
		_, _ = fmt.Fprintf(out, "  go install %s@%s\n", pkg, version)
		if _, err := env.In(dir).Go(ctx, "install", pkg+"@"+version); err != nil {
			return fmt.Errorf("go install of a command fails: %w", err)
		}
	}
	return nil
}
