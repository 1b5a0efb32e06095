// Package consumer uses released versions as a user does: from a module of its own outside the repository.
package consumer

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/microkubes/microkubes-go/release/internal/command"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/proxy"
)

// Environment returns a Runner with a module cache of its own in dir, so that nothing is found there that an earlier run left,
// and without settings of the user that would change the result. If files is not nil, versions come from there first, third
// parties from the download cache of the user where it has them, and everything else from the usual proxy.
func Environment(ctx context.Context, run command.Runner, dir string, files *proxy.Proxy) (command.Runner, error) {
	out, err := run.Go(ctx, "env", "-json", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOMODCACHE", "GOCACHE")
	if err != nil {
		return run, err
	}
	var usual struct{ GOPROXY, GOSUMDB, GOTOOLCHAIN, GOMODCACHE, GOCACHE string }
	if err := json.Unmarshal([]byte(out), &usual); err != nil {
		return run, err
	}
	proxies, unchecked := usual.GOPROXY, ""
	if files != nil { // the checksum database has these versions only after they are published
		downloads := proxy.Proxy{Dir: filepath.Join(usual.GOMODCACHE, "cache", "download")}
		proxies, unchecked = files.URL()+","+downloads.URL()+","+proxies, modules.RepositoryPath
	}
	return run.With("GOENV=off", "GOWORK=off", "GOFLAGS=-modcacherw", "GOPRIVATE=", "GONOPROXY=", "GOPROXY="+proxies,
		"GONOSUMDB="+unchecked, "GOSUMDB="+usual.GOSUMDB, "GOTOOLCHAIN="+usual.GOTOOLCHAIN, "GOCACHE="+usual.GOCACHE,
		"GOMODCACHE="+filepath.Join(dir, "modcache"), "GOBIN="+filepath.Join(dir, "bin"), "GO111MODULE=", "GOOS=", "GOARCH=",
		"CGO_ENABLED=", "GOEXPERIMENT=", "GODEBUG=", "GOINSECURE=", "GOVCS="), nil
}
