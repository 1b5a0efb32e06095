package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImportsStandardLibraryOnly holds what package core promises to those who import it.
func TestImportsStandardLibraryOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	assert.Equal(t, "github.com/microkubes/microkubes-go/core", strings.TrimSpace(string(out)))
}

// TestExportsFewNames keeps package core small enough to be known by heart.
func TestExportsFewNames(t *testing.T) {
	var names []string
	for _, file := range sources(t, ".") {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() {
							names = append(names, s.Name.Name)
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							if n.IsExported() {
								names = append(names, n.Name)
							}
						}
					}
				}
			}
		}
	}
	assert.LessOrEqual(t, len(names), 45, names)
	assert.GreaterOrEqual(t, len(names), 30, "the test finds the names")
}

func sources(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if dir == "." && filepath.Dir(path) != "." {
			return nil
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
		return err
	}))
	require.NotEmpty(t, files)
	return files
}

// TestReasons holds three things equal: the table of codes, the table in ARCHITECTURE.md, and the codes in use.
func TestReasons(t *testing.T) {
	table, err := os.ReadFile("reason.go")
	require.NoError(t, err)
	page, err := os.ReadFile("../ARCHITECTURE.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## Reason codes")
	require.True(t, found)
	var fromTable, fromPage []string
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t"(\w+)":\s+"(.+)",$`).FindAllStringSubmatch(string(table), -1) {
		fromTable = append(fromTable, m[1]+": "+m[2])
		known[m[1]] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(section, -1) {
		fromPage = append(fromPage, m[1]+": "+m[2])
	}
	assert.Equal(t, fromTable, fromPage)
	require.Greater(t, len(known), 20)

	used := map[string]bool{}
	use := regexp.MustCompile(`(?:InvalidToken\(|WithReason\(|reason: +|\.reason = )"(\w+)"`)
	for path := range sources(t, "../core") {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range use.FindAllStringSubmatch(string(source), -1) {
			assert.True(t, known[m[1]], "%s uses %q", path, m[1])
			used[m[1]] = true
		}
	}
	for code := range known {
		assert.True(t, used[code], "%q is in the table and never used", code)
	}
}
