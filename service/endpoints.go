package service

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// endpoints answers the requests for health and version. It is in front of the chain and of the routes.
type endpoints struct {
	health, live, version string // paths
	about                 []byte // the answer of the version endpoint
	state                 func() string
}

// ready is the state in which the service should get requests.
const ready = "ok"

func newEndpoints(c Config, state func() string) *endpoints {
	e := &endpoints{health: c.HealthPath, live: c.livePath(), version: c.VersionPath, state: state}
	about := struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
	}{Name: c.Name, Version: c.Version}
	if info, ok := debug.ReadBuildInfo(); ok {
		about.Revision = revision(info)
	}
	e.about, _ = json.Marshal(about) // strings alone
	return e
}

// builtVersion returns the version of the program's module.
func builtVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// revision returns the commit that the program was built from, if its build has one.
func revision(info *debug.BuildInfo) (commit string) {
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if commit != "" && changed {
		commit += "+changes"
	}
	return commit
}

// answer is the function that a [Server] gets.
func (e *endpoints) answer(method, path string) (status int, body []byte) {
	if method != http.MethodGet && method != http.MethodHead || path == "" {
		return 0, nil
	}
	switch path {
	case e.health:
		state := e.state()
		if state != ready {
			return http.StatusServiceUnavailable, statusBody(state)
		}
		return http.StatusOK, statusBody(state)
	case e.live:
		return http.StatusOK, statusBody(ready)
	case e.version:
		return http.StatusOK, e.about
	}
	return 0, nil
}

func statusBody(state string) []byte { return []byte(`{"status":"` + state + `"}`) }

// hides reports whether an endpoint answers the requests for a path and a method; an empty method is any.
func (e *endpoints) hides(method, path string) bool {
	return (method == "" || method == http.MethodGet || method == http.MethodHead) && slices.Contains(e.paths(), path)
}

// paths returns the paths of the endpoints.
func (e *endpoints) paths() []string {
	switch {
	case e == nil: // the App was made by a test
		return nil
	case e.version == "-":
		return []string{e.health, e.live}
	}
	return []string{e.health, e.live, e.version}
}

// usable reports whether a key store has a key now. It is true for what is not a key store.
func usable(store io.Closer) bool {
	switch s := store.(type) {
	case interface{ Health() keys.RemoteHealth }: // its Find could cause a fetch
		return s.Health().Usable
	case keys.Store:
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := s.Find(ctx, "", "RS256")
		return !errors.Is(err, keys.ErrUnavailable)
	}
	return true
}
