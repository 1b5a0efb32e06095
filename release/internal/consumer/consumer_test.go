package consumer_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"

	"github.com/microkubes/microkubes-go/release/internal/consumer"
	"github.com/microkubes/microkubes-go/release/internal/modules"
	"github.com/microkubes/microkubes-go/release/internal/proxy"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

const path = "github.com/microkubes/microkubes-go/a"

// user makes a consumer of the module a, which is in a proxy in the versions v0.1.0 and v0.1.1.
func user(t *testing.T, source string) (*consumer.Consumer, error) {
	t.Helper()
	return userIn(t, source, "proxy")
}

// userIn makes a consumer like user, with the proxy in a folder of that name.
func userIn(t *testing.T, source, name string) (*consumer.Consumer, error) {
	t.Helper()
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOSUMDB", "off")
	repo := testrepo.New(t, map[string]string{"LICENSE": "A licence.", "a/go.mod": "module " + path + "\n\ngo 1.26.0\n", "a/a.go": "package a\n\nconst Name = \"a\"\n"})
	p := &proxy.Proxy{Dir: filepath.Join(t.TempDir(), name)}
	for _, v := range []string{"v0.1.0", "v0.1.1"} {
		_, err := p.Add(module.Version{Path: path, Version: v}, repo.Dir, "HEAD", "a", time.Now())
		require.NoError(t, err)
	}
	env, err := consumer.Environment(t.Context(), repo, t.TempDir(), p)
	require.NoError(t, err)
	released := []modules.Module{{Dir: "a", Path: path, Released: true}}
	return consumer.Create(t.Context(), env, filepath.Join(t.TempDir(), "user"), map[string][]byte{"main.go": []byte(source)}, released, "v0.1.0")
}

const prints = "package main\n\nimport \"" + path + "\"\n\nfunc main() { println(a.Name) }\n"

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, c *consumer.Consumer)
		want   string
	}{
		{"in order", func(*testing.T, *consumer.Consumer) {}, ""},
		{"raised", func(t *testing.T, c *consumer.Consumer) {
			require.NoError(t, c.Get(t.Context(), "v0.1.1", c.Released...))
		}, ""},
		{"another version", func(_ *testing.T, c *consumer.Consumer) { c.Versions[path] = "v0.1.1" }, "has the version v0.1.0 and should have v0.1.1"},
		{"replaced", func(t *testing.T, c *consumer.Consumer) {
			dir := t.TempDir()
			testrepo.Write(t, dir, map[string]string{"go.mod": "module " + path + "\n\ngo 1.26.0\n", "a.go": "package a\n\nconst Name = \"b\"\n"})
			_, err := c.Run.Go(t.Context(), "mod", "edit", "-replace="+path+"="+dir)
			require.NoError(t, err)
			_, err = c.Run.Go(t.Context(), "mod", "tidy")
			require.NoError(t, err)
		}, "is replaced by"},
		{"not tidy", func(t *testing.T, c *consumer.Consumer) {
			name := filepath.Join(c.Run.Dir, "go.mod")
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(string(data), "a v0.1.0", "a v0.1.0 // indirect")), 0o600))
		}, "mod tidy -diff"},
		{"a program that fails", func(t *testing.T, c *consumer.Consumer) {
			testrepo.Write(t, c.Run.Dir, map[string]string{"main.go": strings.Replace(prints, "println", "panic", 1)})
		}, "go run ."},
		{"a test that fails", func(t *testing.T, c *consumer.Consumer) {
			testrepo.Write(t, c.Run.Dir, map[string]string{"main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Fatal(1) }\n"})
		}, "go test -count=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := user(t, prints)
			require.NoError(t, err)
			c.change(t, made)
			err = made.Check(t.Context(), io.Discard)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// TestSettingsOfTheUser sets what would change the build of a consumer.
func TestSettingsOfTheUser(t *testing.T) {
	for _, setting := range []string{
		"GOFLAGS=-mod=vendor", "GOFLAGS=-tags=extra -modfile=other.mod", "GOWORK=/nowhere/go.work", "GO111MODULE=off", "GOOS=windows", "GOARCH=arm64",
		"GOPRIVATE=*", "GONOPROXY=*", "GONOSUMDB=*", "GOINSECURE=*", "GOENV=/nowhere/env", "GOMODCACHE=/nowhere/mod", "GOEXPERIMENT=fieldtrack",
	} {
		t.Run(setting, func(t *testing.T) {
			name, value, _ := strings.Cut(setting, "=")
			t.Setenv(name, value)
			made, err := user(t, prints)
			require.NoError(t, err)
			assert.NoError(t, made.Check(t.Context(), io.Discard))
		})
	}
}

// TestProxyInAnyFolder has a proxy in a folder whose name means something in a URL or in a list of proxies.
func TestProxyInAnyFolder(t *testing.T) {
	for _, name := range []string{"with a space", "100%25", "a,b", "a|b", "a#b", "a?b"} {
		t.Run(name, func(t *testing.T) {
			made, err := userIn(t, prints, name)
			require.NoError(t, err)
			assert.NoError(t, made.Check(t.Context(), io.Discard))
		})
	}
}

func TestCreateWithoutOurModules(t *testing.T) {
	_, err := user(t, "package main\n\nfunc main() {}\n")
	assert.ErrorContains(t, err, "import no released module")
}
