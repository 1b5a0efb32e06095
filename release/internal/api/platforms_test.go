package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/api"
	"github.com/microkubes/microkubes-go/release/internal/testrepo"
)

// TestPlatforms has files that the machine of the release does not build. A break of the API may be in one.
func TestPlatforms(t *testing.T) {
	for _, c := range []struct {
		name       string
		old, files map[string]string
		want, err  string
	}{
		{"the same everywhere", nil, map[string]string{"a.go": ""}, "linux/amd64", ""},
		{"by name", nil, map[string]string{"a.go": "", "a_windows.go": ""}, "linux/amd64 windows/amd64", ""},
		{"by constraint", nil, map[string]string{"a.go": "", "b.go": "//go:build !linux"}, "linux/amd64 windows/amd64", ""},
		{"of the last release", map[string]string{"a.go": "", "a_darwin.go": ""}, map[string]string{"a.go": ""}, "linux/amd64 darwin/arm64", ""},
		{"of a processor", nil, map[string]string{"a.go": "", "a_386.go": ""}, "linux/amd64 linux/386", ""},
		{"a package that only another system builds", nil, map[string]string{"a.go": "", "win/a_windows.go": ""}, "linux/amd64 windows/amd64", ""},
		{"two of them", nil, map[string]string{"a.go": "", "b_unix.go": "//go:build unix", "b_other.go": "//go:build !unix"}, "linux/amd64 windows/amd64", ""},
		{"a test", nil, map[string]string{"a.go": "", "a_windows_test.go": ""}, "linux/amd64", ""},
		{"a tag of its own", nil, map[string]string{"a.go": "", "b.go": "//go:build extra"}, "", "b.go is built on no platform"},
		{"a system that is not compared", nil, map[string]string{"a.go": "", "a_plan9.go": ""}, "", "a_plan9.go is built on no platform"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old == nil {
				c.old = c.files
			}
			var dirs []string
			for _, version := range []map[string]string{c.old, c.files} {
				dir := t.TempDir()
				testrepo.Write(t, dir, map[string]string{"nested/go.mod": "", "nested/a_plan9.go": "package a\n",
					"testdata/a_plan9.go": "package a\n", "tool.go": "//go:build ignore\n\npackage main\n"})
				for name, constraint := range version {
					testrepo.Write(t, dir, map[string]string{name: constraint + "\n\npackage a\n"})
				}
				dirs = append(dirs, dir)
			}
			got, err := api.Platforms(dirs...)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			var names []string
			for _, p := range got {
				names = append(names, p.String())
			}
			assert.Equal(t, c.want, strings.Join(names, " "))
		})
	}
}
