package proxy_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"

	"github.com/microkubes/microkubes-go/release/internal/proxy"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

// TestAdd lets the go command read what Add wrote: it computes the same hashes.
func TestAdd(t *testing.T) {
	repo := testrepo.New(t, map[string]string{
		"LICENSE":               "the licence of all",
		"adapters/a/go.mod":     "module github.com/microkubes/Example/adapters/a\n\ngo 1.26.0\n",
		"adapters/a/a.go":       "package a\n",
		"adapters/a/in/in.go":   "package in\n",
		"adapters/a/sub/b.go":   "package b\n",
		"adapters/a/sub/go.mod": "module github.com/microkubes/Example/adapters/a/sub\n\ngo 1.26.0\n",
		"adapters/ab/ab.go":     "package ab\n",
		".gitignore":            "*.out\n",
	})
	testrepo.Write(t, repo.Dir, map[string]string{"adapters/a/ignored.out": "x", "adapters/a/untracked.go": "package a\n"})
	p := proxy.Proxy{Dir: filepath.Join(t.TempDir(), "proxy")}
	v := module.Version{Path: "github.com/microkubes/Example/adapters/a", Version: "v0.1.0"}
	sums, err := p.Add(v, repo.Dir, "HEAD", "adapters/a", time.Now())
	require.NoError(t, err)

	files, err := p.Files(v)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"LICENSE", "go.mod", "a.go", "in/in.go"}, slices.Collect(maps.Keys(files)),
		"neither the nested module nor the neighbour nor what is not committed; and the licence of the repository")

	cache := t.TempDir()
	out, err := repo.In(t.TempDir()).With("GOENV=off", "GOWORK=off", "GOFLAGS=-modcacherw", "GOPROXY="+p.URL(), "GOSUMDB=off",
		"GOMODCACHE="+cache).Go(t.Context(), "mod", "download", "-json", v.String())
	require.NoError(t, err)
	var got struct{ Version, Sum, GoModSum, Dir string }
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	assert.Equal(t, []string{v.Path + " v0.1.0 " + got.Sum, v.Path + " v0.1.0/go.mod " + got.GoModSum}, sums)
	license, err := os.ReadFile(filepath.Join(got.Dir, "LICENSE"))
	require.NoError(t, err)
	assert.Equal(t, "the licence of all", string(license))
}

func TestOwnLicence(t *testing.T) {
	repo := testrepo.New(t, map[string]string{"LICENSE": "of all", "a/LICENSE": "of a", "a/go.mod": "module example.com/a\n"})
	p := proxy.Proxy{Dir: t.TempDir()}
	v := module.Version{Path: "example.com/a", Version: "v0.1.0"}
	_, err := p.Add(v, repo.Dir, "HEAD", "a", time.Now())
	require.NoError(t, err)
	files, err := p.Files(v)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"LICENSE", "go.mod"}, slices.Collect(maps.Keys(files)))
}

func TestAddWithoutModule(t *testing.T) {
	repo := testrepo.New(t, map[string]string{"a/a.go": "package a\n"})
	v := module.Version{Path: "example.com/a", Version: "v0.1.0"}
	_, err := proxy.Proxy{Dir: t.TempDir()}.Add(v, repo.Dir, "HEAD", "a", time.Now())
	assert.ErrorContains(t, err, "example.com/a@v0.1.0 has no go.mod")
}
