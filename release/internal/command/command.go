// Package command runs git and go.
package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// repository names the variables with which git names a repository to its hooks. They would redirect every git command to that
// repository, whatever the folder is.
var repository = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE",
}

// environment returns the environment of the process without the variables of another repository.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(repository, name)
	})
}

// Runner runs programs in a folder. Env is added to the environment of the process. The git repository is that of the folder,
// whatever the environment of the process names.
type Runner struct {
	Dir string
	Env []string
}

// In returns a Runner with the same environment for another folder.
func (r Runner) In(dir string) Runner {
	r.Dir = dir
	return r
}

// With returns a Runner with more environment variables.
func (r Runner) With(env ...string) Runner {
	r.Env = append(append([]string{}, r.Env...), env...)
	return r
}

// patience is how long a program that was interrupted may go on, and its children may keep the output open.
const patience = 5 * time.Second

// Run runs a program and returns its standard output without white space at the end. The error has what the program said.
func (r Runner) Run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)                        //nolint:gosec // the programs are git, go and make
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it cleans up
	cmd.WaitDelay = patience
	cmd.Dir = r.Dir
	cmd.Env = append(environment(), r.Env...)
	var out, errors strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(errors.String() + "\n" + out.String())
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, said)
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// Git runs git.
func (r Runner) Git(ctx context.Context, args ...string) (string, error) {
	return r.Run(ctx, "git", args...)
}

// Go runs the go command.
func (r Runner) Go(ctx context.Context, args ...string) (string, error) {
	return r.Run(ctx, "go", args...)
}
