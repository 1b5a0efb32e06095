package modules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// repository writes a go.work file, and a go.mod file for each folder, which requires the modules of other folders.
func repository(t *testing.T, work string, requires map[string]string) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.work"), []byte("go 1.26.0\n\nuse (\n"+work+")\n"), 0o600))
	for dir, others := range requires {
		text := "module example.com/r/" + dir + "\n\ngo 1.26.0\n"
		for _, other := range strings.Fields(others) {
			text += "\nrequire example.com/r/" + other + " v0.0.0\n"
		}
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, dir, "go.mod"), []byte(text), 0o600))
	}
	return root
}

func order(t *testing.T, root string) ([]string, error) {
	t.Helper()
	all, err := modules.Read(root)
	require.NoError(t, err)
	released, err := modules.Released(all)
	var tags []string
	for _, m := range released {
		tags = append(tags, m.Tag("v0.1.0"))
	}
	return tags, err
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name, work string
		requires   map[string]string
		want       string
		err        string
	}{
		{"alone", "./a\n", map[string]string{"a": ""}, "a/v0.1.0", ""},
		{"by folder without requirements", "./c\n./b\n./x/a\n", map[string]string{"b": "", "c": "", "x/a": ""}, "b/v0.1.0 c/v0.1.0 x/a/v0.1.0", ""},
		{"against the alphabet", "./a\n./b\n./c\n", map[string]string{"a": "b", "b": "c", "c": ""}, "c/v0.1.0 b/v0.1.0 a/v0.1.0", ""},
		{"two ways", "./a\n./b\n./c\n./d\n", map[string]string{"a": "c d", "b": "d", "c": "d", "d": ""}, "d/v0.1.0 b/v0.1.0 c/v0.1.0 a/v0.1.0", ""},
		{"not released", "./a\n./b // not released: to copy\n", map[string]string{"a": "", "b": "a"}, "a/v0.1.0", ""},
		{"nested and not released", "./a\n./a/b // not released: a test\n", map[string]string{"a": "", "a/b": "a"}, "a/v0.1.0", ""},
		{"outside", "./a\n", map[string]string{"a": "", "b": "a"}, "a/v0.1.0", ""},
		{"a circle", "./a\n./b\n./c\n", map[string]string{"a": "b", "b": "a", "c": ""}, "", "in a circle, so none can be tagged first: a, b"},
		{"requires what is not released", "./a\n./b // not released: to copy\n", map[string]string{"a": "b", "b": ""}, "", "a is released and requires b, which is not"},
		{"requires what is outside", "./a\n", map[string]string{"a": "b", "b": ""}, "", "a is released and requires b, which is not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tags, err := order(t, repository(t, c.work, c.requires))
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, strings.Join(tags, " "))
		})
	}
}

// TestRepository orders the modules of this repository.
func TestRepository(t *testing.T) {
	all, err := modules.Read(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	released, err := modules.Released(all)
	require.NoError(t, err)
	place := map[string]int{}
	for i, m := range released {
		place[m.Path] = i + 1
	}
	for _, m := range released {
		for _, required := range m.Requires {
			assert.Less(t, place[required], place[m.Path], "%s requires %s", m.Path, required)
		}
	}
	require.NotEmpty(t, released)
	assert.Equal(t, "core", released[0].Dir)
}

func TestCheckPaths(t *testing.T) {
	for _, c := range []struct{ name, dir, path, version, want string }{
		{"before v1", "a", modules.RepositoryPath + "/a", "v0.1.0", ""},
		{"v1", "a", modules.RepositoryPath + "/a", "v1.0.0", ""},
		{"v2", "x/a", modules.RepositoryPath + "/x/a/v2", "v2.0.0", ""},
		{"v2 with an old path", "a", modules.RepositoryPath + "/a", "v2.0.0", "such as " + modules.RepositoryPath + "/a/v2"},
		{"v1 with a newer path", "a", modules.RepositoryPath + "/a/v2", "v1.0.0", "does not fit v1.0.0"},
		{"another folder", "x/a", modules.RepositoryPath + "/a", "v0.1.0", "write " + modules.RepositoryPath + "/x/a in its go.mod"},
		{"a name that ends as the folder", "a", modules.RepositoryPath + "/aa", "v0.1.0", "write " + modules.RepositoryPath + "/a in its go.mod"},
		{"another repository", "a", "example.com/fork/a", "v0.1.0", "write " + modules.RepositoryPath + "/a in its go.mod"},
		{"another case", "a", modules.RepositoryPath + "/A", "v0.1.0", "write " + modules.RepositoryPath + "/a in its go.mod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := modules.CheckPaths([]modules.Module{{Dir: c.dir, Path: c.path}}, c.version)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}
