package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// Consumer is a module of a user, in a folder outside the repository.
type Consumer struct {
	Run      command.Runner // in the folder of the module
	Released []modules.Module
	Versions map[string]string // the version of each released module that it should get, by module path
}

// Create makes the module in an empty folder, with the sources and the modules that they import.
func Create(ctx context.Context, env command.Runner, dir string, sources map[string][]byte, released []modules.Module,
	version string) (*Consumer, error) {
	c := &Consumer{Run: env.In(dir), Released: released, Versions: map[string]string{}}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		return nil, errors.Join(fmt.Errorf("the folder %s of a consumer must be empty", dir), err)
	}
	for name, source := range sources {
		if err := os.WriteFile(filepath.Join(dir, name), source, 0o600); err != nil {
			return nil, err
		}
	}
	if _, err := c.Run.Go(ctx, "mod", "init", "example.com/hello"); err != nil {
		return nil, err
	}
	imported, err := Imported(sources, released)
	if err != nil {
		return nil, err
	}
	if len(imported) == 0 {
		return nil, errors.New("the sources of a consumer import no released module")
	}
	for _, m := range released {
		c.Versions[m.Path] = version
	}
	return c, c.Get(ctx, version, imported...)
}

// Get raises modules to a version, as a user does.
func (c *Consumer) Get(ctx context.Context, version string, raised ...modules.Module) error {
	args := []string{"get"}
	for _, m := range raised {
		args = append(args, m.Path+"@"+version)
		c.Versions[m.Path] = version
	}
	if _, err := c.Run.Go(ctx, args...); err != nil {
		return err
	}
	_, err := c.Run.Go(ctx, "mod", "tidy")
	return err
}

// Check vets and tests the module, runs its program if it has one, and checks which versions it was built with. Output of the
// program is written to out.
func (c *Consumer) Check(ctx context.Context, out io.Writer) error {
	for _, args := range [][]string{
		{"vet", "./..."},
		{"test", "-count=1", "./..."},
		{"mod", "tidy", "-diff"},
		{"mod", "verify"},
	} {
		if _, err := c.Run.Go(ctx, args...); err != nil {
			return err
		}
	}
	if err := c.checkVersions(ctx); err != nil {
		return err
	}
	name, err := c.Run.Go(ctx, "list", "-f", "{{.Name}}", ".")
	if err != nil || name != "main" {
		return err
	}
	printed, err := c.Run.Go(ctx, "run", ".")
	for line := range strings.Lines(printed) {
		_, _ = fmt.Fprintf(out, "    %s\n", strings.TrimRight(line, "\n"))
	}
	return err
}

// checkVersions returns an error if a module is replaced, or a released module has another version than was asked for.
func (c *Consumer) checkVersions(ctx context.Context) error {
	out, err := c.Run.Go(ctx, "list", "-m", "-json", "all")
	if err != nil {
		return err
	}
	count := 0
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var m struct {
			Path, Version string
			Replace       *struct{ Path string }
		}
		switch err := decoder.Decode(&m); {
		case errors.Is(err, io.EOF) && count == 0:
			return errors.New("go list -m all names no released module")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if m.Replace != nil {
			return fmt.Errorf("%s is replaced by %s: a release must work without replace", m.Path, m.Replace.Path)
		}
		want, released := c.Versions[m.Path]
		if released {
			count++
		}
		if released && m.Version != want {
			return fmt.Errorf("%s has the version %s and should have %s: look at the requirements in the go.mod files of the "+
				"release", m.Path, m.Version, want)
		}
	}
}
