package releasing

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// address matches the forms in which git names a repository on a host: scp's, and URLs.
var address = regexp.MustCompile(`^(?:(?:https|ssh|git)://(?:[^/@]+@)?|(?:[^/@:]+@))([^/:]+)(?::\d+)?[/:](.+)$`)

// CheckRemote returns an error unless the remote is the repository that the module paths name, for fetching and for pushing. What
// is checked on a fork, or pushed to one, is not what users get. A remote that is not on a host is one for tests.
func CheckRemote(ctx context.Context, git command.Runner) error {
	fetch, err := git.Git(ctx, "remote", "get-url", remote)
	if err != nil {
		return fmt.Errorf("there is no remote %s: add the remote: %w", remote, err)
	}
	push, err := git.Git(ctx, "remote", "get-url", "--push", "--all", remote)
	if err != nil {
		return err
	}
	there, onHost := repository(fetch)
	for url := range strings.FieldsSeq(fetch + "\n" + push) {
		path, hosted := repository(url)
		switch {
		case hosted && path != modules.RepositoryPath:
			return fmt.Errorf("the remote %s is %s, which is not the repository that the module paths name: run git remote "+
				"set-url %[1]s https://%[3]s, with --push too if it pushes to another", remote, path, modules.RepositoryPath)
		case hosted != onHost || path != there:
			return fmt.Errorf("the remote %s pushes to another repository than it fetches from: run git config --unset-all "+
				"remote.%[1]s.pushurl", remote)
		}
	}
	return nil
}

// repository returns the host and the path of a git URL, in the form of a module path, and whether it is on a host.
func repository(url string) (path string, hosted bool) {
	m := address.FindStringSubmatch(url)
	if m == nil {
		return url, false
	}
	return strings.ToLower(m[1]) + "/" + strings.TrimSuffix(strings.Trim(m[2], "/"), ".git"), true
}
