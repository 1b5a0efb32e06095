package main_test

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is the file system of the whole repository. Its root is the folder of go.work.
var repository = os.DirFS("..")

// exceptions returns what the comments of go.work say: a module of the list that is not released, and a module that is kept
// out of the list. Both need a reason.
func exceptions(t *testing.T) (unreleased, outside []string) {
	t.Helper()
	file, err := fs.ReadFile(repository, "go.work")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^\t\./(\S+) // not released: \S`).FindAllStringSubmatch(string(file), -1) {
		unreleased = append(unreleased, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^// outside: \./(\S+), because \S`).FindAllStringSubmatch(string(file), -1) {
		outside = append(outside, m[1])
	}
	return unreleased, outside
}

// released returns the modules of the list that are released.
func released(t *testing.T) []string {
	t.Helper()
	unreleased, _ := exceptions(t)
	return slices.DeleteFunc(modules(t), func(dir string) bool { return slices.Contains(unreleased, dir) })
}

// modules returns the folders that go.work lists, relative to the root of the repository.
func modules(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "work", "edit", "-json", filepath.Join("..", "go.work")).Output()
	require.NoError(t, err)
	var file struct{ Use []struct{ DiskPath string } }
	require.NoError(t, json.Unmarshal(out, &file))
	var dirs []string
	for _, use := range file.Use {
		dirs = append(dirs, path.Clean(use.DiskPath))
	}
	require.NotEmpty(t, dirs)
	return dirs
}

// walk calls visit with each file that the go command would look at, and its folder.
func walk(t *testing.T, visit func(dir, name string)) {
	t.Helper()
	require.NoError(t, fs.WalkDir(repository, ".", func(file string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			visit(path.Dir(file), name)
		case name == "testdata" || name == "vendor" || file != "." && strings.ContainsAny(name[:1], "._"):
			return fs.SkipDir
		}
		return nil
	}))
}

// TestEveryModuleIsInTheWorkspace compares the folders that have a go.mod with go.work.
func TestEveryModuleIsInTheWorkspace(t *testing.T) {
	_, outside := exceptions(t)
	stated := append(modules(t), outside...)
	var found []string
	walk(t, func(dir, name string) {
		if name == "go.mod" {
			found = append(found, dir)
			assert.Contains(t, stated, dir, "%s has a go.mod: add ./%[1]s to the list in go.work", dir)
		}
	})
	for _, dir := range stated {
		assert.Contains(t, found, dir, "%s has no go.mod: take ./%[1]s out of go.work", dir)
	}
}

// TestUnreleasedModulesAreStatedInTheForm guards the comments of go.work: the Makefile reads them with an expression of its
// own, and a comment in another form would be passed over.
func TestUnreleasedModulesAreStatedInTheForm(t *testing.T) {
	unreleased, outside := exceptions(t)
	file, err := fs.ReadFile(repository, "go.work")
	require.NoError(t, err)
	assert.Equal(t, strings.Count(string(file), "//"), len(unreleased)+len(outside),
		"a comment of go.work is neither \"./module // not released: reason\" in the list nor \"// outside: ./module, because reason\"")
	for _, dir := range unreleased {
		assert.Contains(t, modules(t), dir)
	}
}

// TestMakeReadsTheWorkspace asks make for its lists: a module of go.work is in them without another edit.
func TestMakeReadsTheWorkspace(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	out, err := exec.Command("make", "--silent", "--no-print-directory", "-C", "..", "modules").Output()
	require.NoError(t, err)
	var got []string
	require.NoError(t, json.Unmarshal(out, &got), "make modules printed %q", out)
	assert.Equal(t, released(t), got)
}

var (
	separators = regexp.MustCompile(`[\s,;'"\[\](){}=|]+`)
	item       = regexp.MustCompile(`^\s*(?:- )?(?:\w+: )?(\S+?)\s*\\?\s*$`)
)

// listed returns two modules that text names in one line, or in two lines that follow each other and name nothing else.
// Comments and blank lines do not count. A path inside a module does not name the module.
func listed(text string, modules []string) (first, second string) {
	module := func(word string) string {
		word = strings.TrimSuffix(strings.TrimSuffix(strings.Trim(word, `'"`), "..."), "/")
		word = strings.TrimPrefix(strings.TrimPrefix(word, "%/"), "./")
		if slices.Contains(modules, word) {
			return word
		}
		return ""
	}
	above := ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		here := ""
		for _, word := range separators.Split(line, -1) {
			found := module(word)
			if found != "" && here != "" && found != here {
				return here, found
			}
			here = cmp.Or(found, here)
		}
		alone := ""
		if m := item.FindStringSubmatch(line); m != nil {
			alone = module(m[1])
		}
		if above != "" && alone != "" && above != alone {
			return above, alone
		}
		above = alone
	}
	return "", ""
}

// TestNoSecondListOfModules looks for modules that are written one after the other where go.work should be read.
func TestNoSecondListOfModules(t *testing.T) {
	workflows, err := fs.Glob(repository, ".github/workflows/*")
	require.NoError(t, err)
	require.NotEmpty(t, workflows)
	for _, file := range append(workflows, "Makefile", ".ci/run") {
		text, err := fs.ReadFile(repository, file)
		require.NoError(t, err)
		first, second := listed(string(text), modules(t))
		assert.Empty(t, first+second, "%s lists %s and %s: read go.work there, as make modules does", file, first, second)
	}
}

// TestNoSecondListOfModulesInTheRelease looks in the program that tags them in an order, and in the page about it. Only released modules
// count, since the word release is the name of another.
func TestNoSecondListOfModulesInTheRelease(t *testing.T) {
	files := []string{"RELEASING.md"}
	walk(t, func(dir, name string) {
		if moduleOf(dir, []string{"release"}) != "" && path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") {
			files = append(files, path.Join(dir, name))
		}
	})
	require.Greater(t, len(files), 10)
	for _, file := range files {
		text, err := fs.ReadFile(repository, file)
		require.NoError(t, err)
		first, second := listed(string(text), released(t))
		assert.Empty(t, first+second, "%s lists %s and %s: read go.work there, as package modules does", file, first, second)
	}
}

func TestListsAreFound(t *testing.T) {
	dirs := []string{"core", "adapters/echo", "conformance", "examples", "docs"}
	for _, c := range []struct {
		name, text string
		found      bool
	}{
		{"a matrix", "module: [core, adapters/echo]", true},
		{"a matrix of one module a line", "module:\n  - core\n  # the adapters\n\n  - adapters/echo\n", true},
		{"a loop", "for m in core conformance; do", true},
		{"lines of a shell", "for m in \\\n\tcore \\\n\t./adapters/echo \\\n; do", true},
		{"a matrix of records", "include:\n  - module: core\n  - module: \"docs\"\n", true},
		{"patterns of make", "RELEASED := $(filter-out %/examples %/docs,$(MODULES))", true},
		{"patterns of packages", "go test ./core/... ./conformance/...", true},
		{"one module in two places", "working-directory: core\ncache: core", false},
		{"modules that are far apart", "working-directory: core\nother: line\nworking-directory: docs", false},
		{"two commands", "go test ./docs\ngo test -run '^TestReasons$' ./core", false},
		{"a package in a module", "go run ./conformance/cmd/conformance; go run ./examples/quickstart", false},
		{"a comment", "run: make # core and conformance", false},
	} {
		first, _ := listed(c.text, dirs)
		assert.Equal(t, c.found, first != "", c.name)
	}
}

// TestReadmeNamesTheReleasedModules looks for the path of each module that users can import.
func TestReadmeNamesTheReleasedModules(t *testing.T) {
	page, err := fs.ReadFile(repository, "README.md")
	require.NoError(t, err)
	for _, module := range released(t) {
		if !strings.Contains(module, "/internal/") {
			assert.True(t, strings.Contains(string(page), "`"+house+module+"`"), "README.md does not name %s", house+module)
		}
	}
}
