package rehearsal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/consumer"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/proxy"
)

// raise shows that a fix in core reaches a user who raises core alone, and one who raises everything.
func (r *rehearsal) raise(ctx context.Context) error {
	released, err := r.modules()
	if err != nil {
		return err
	}
	core := slices.IndexFunc(released, func(m modules.Module) bool { return strings.HasPrefix(rehearsed, m.Dir+"/") })
	adapter := slices.IndexFunc(released, func(m modules.Module) bool {
		return strings.HasPrefix(m.Dir, "adapters/") && !m.Internal() // a user cannot import an internal one
	})
	if core < 0 || adapter < 0 {
		return errors.New("go.work has no core or no adapter")
	}
	c, err := r.user(ctx, released, released[adapter])
	if err != nil {
		return err
	}
	if err := r.has(ctx, c, "fault", "a user of "+released[adapter].Dir+" "+r.first); err != nil {
		return err
	}
	if err := c.Get(ctx, r.second, released[core]); err != nil {
		return err
	}
	if err := r.has(ctx, c, "fix", "go get "+released[core].Path+"@"+r.second); err != nil {
		return err
	}
	if err := c.Get(ctx, r.second, released[core], released[adapter]); err != nil {
		return err
	}
	for _, m := range released {
		c.Versions[m.Path] = r.second
	}
	return r.has(ctx, c, "fix", "go get of everything at "+r.second)
}

// user returns a user of the first version, who also tests for the fix.
func (r *rehearsal) user(ctx context.Context, released []modules.Module, m modules.Module) (*consumer.Consumer, error) {
	env, err := consumer.Environment(ctx, r.run, r.dir, &proxy.Proxy{Dir: filepath.Join(r.dir, "proxy")})
	if err != nil {
		return nil, err
	}
	sources, err := consumer.Sources(os.DirFS(filepath.Join(r.root, consumer.Templates)), m.Dir)
	if err != nil {
		return nil, err
	}
	name := "rehearsal_test.go"
	if sources[name], err = os.ReadFile(filepath.Join(r.root, "release", "testdata", "rehearsal", name)); err != nil {
		return nil, err
	}
	return consumer.Create(ctx, env, filepath.Join(r.dir, "users", "raising"), sources, released, r.first)
}

// has checks that the module of a user is in order, and whether core has the fault or the fix.
func (r *rehearsal) has(ctx context.Context, c *consumer.Consumer, state, what string) error {
	base := c.Run
	defer func() { c.Run = base }()
	c.Run = base.With("REHEARSAL=" + state)
	if err := c.Check(ctx, r.out); err != nil {
		return err
	}
	listed, err := c.Run.Go(ctx, "list", "-m", "-f", "{{if not .Indirect}}{{.Path}} {{.Version}}{{end}}", "all")
	if err != nil {
		return err
	}
	r.say("  %s: core has the %s", what, state)
	for line := range strings.Lines(listed) {
		for _, m := range c.Released {
			if strings.HasPrefix(line, m.Path+" ") {
				r.say("    %s", strings.TrimSpace(line))
			}
		}
	}
	return nil
}
