package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const house = "github.com/microkubes/microkubes-go/"

// quoted finds what a page sets as code.
var quoted = regexp.MustCompile("`([^`]+)`")

// tableRows returns the cells of each row of the first table below a heading of ARCHITECTURE.md, without its two head rows.
func tableRows(t *testing.T, heading string) [][]string {
	t.Helper()
	page, err := fs.ReadFile(repository, "ARCHITECTURE.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "\n## "+heading+"\n")
	require.True(t, found, "ARCHITECTURE.md has no section %q", heading)
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "|") {
			rows = append(rows, strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"))
		}
	}
	require.Greater(t, len(rows), 2)
	return rows[2:]
}

// codes returns what a cell sets as code.
func codes(cell string) []string {
	var all []string
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// moduleOf returns the module that a folder belongs to: the one with the longest path.
func moduleOf(dir string, modules []string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if slices.Contains(modules, dir) {
			return dir
		}
	}
	return ""
}

// tree has the modules of the repository and the name of the package in each folder with Go files.
type tree struct {
	modules  []string
	packages map[string]string // by folder; folders with nothing but tests are in tests
	tests    map[string]string
}

func readTree(t *testing.T) tree {
	t.Helper()
	_, outside := exceptions(t)
	read := tree{append(modules(t), outside...), map[string]string{}, map[string]string{}}
	walk(t, func(dir, name string) {
		if path.Ext(name) != ".go" {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", dir, name), nil, parser.PackageClauseOnly)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			read.tests[dir] = strings.TrimSuffix(file.Name.Name, "_test")
			return
		}
		read.packages[dir] = file.Name.Name
	})
	require.Greater(t, len(read.packages), 30)
	return read
}

// houseRow returns the folders that a row of the house is about, and the module it belongs to. A row that names a module is
// about the package at its root, by name, or about a command, if it names no package. Any other row names folders: the first
// from the root of the repository, the others beside it. A folder that ends in /... stands for all below it, too.
func houseRow(t *testing.T, cells []string, above string, read tree) (folders []string, module string) {
	t.Helper()
	require.Len(t, cells, 3, "%q", cells)
	named, inModule := codes(cells[1]), codes(cells[0])
	if len(inModule) == 0 {
		require.NotEmpty(t, named, "the row %q names neither a module nor a package", cells)
		for i, dir := range named {
			if i > 0 && !strings.Contains(dir, "/") {
				dir = path.Join(path.Dir(named[0]), dir)
			}
			folders = append(folders, dir)
		}
		return folders, above
	}
	module = inModule[0]
	assert.Contains(t, read.modules, module, "the table of the house has a module %s that go.work has not", module)
	switch {
	case len(named) == 0:
		assert.Equal(t, "main", read.packages[module], "the row of %s names no package, and there is no command", module)
	case strings.Contains(named[0], "/"):
		return named, module
	case read.packages[module] != "":
		assert.Equal(t, read.packages[module], named[0], "the package in the folder %s", module)
	default:
		assert.Equal(t, read.tests[module], named[0], "the tests in the folder %s", module)
	}
	return []string{module}, module
}

// TestHouseHasEveryPackage holds the table of modules and packages in ARCHITECTURE.md equal to the tree.
func TestHouseHasEveryPackage(t *testing.T) {
	read := readTree(t)
	var covered, seen []string
	module := ""
	for _, cells := range tableRows(t, "The house") {
		var folders []string
		folders, module = houseRow(t, cells, module, read)
		seen = append(seen, module)
		for _, dir := range folders {
			dir, whole := strings.CutSuffix(dir, "/...")
			assert.Equal(t, module, moduleOf(dir, read.modules), "the row of %s stands below another module", dir)
			before := len(covered)
			for folder := range read.packages {
				inside := whole && strings.HasPrefix(folder, dir+"/") && moduleOf(folder, read.modules) == module
				if folder == dir || inside {
					assert.NotContains(t, covered, folder, "the table of the house has two rows for %s", folder)
					covered = append(covered, folder)
				}
			}
			if read.tests[dir] == "" {
				assert.Greater(t, len(covered), before, "the table of the house has a row for %s, where no package is", dir)
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(read.packages)) {
		assert.True(t, slices.Contains(covered, folder), "ARCHITECTURE.md has no row for this package: add\n\t| | `%s` | what it is for |\nto the table "+
			"under \"The house\", below the row of the module %s", folder, moduleOf(folder, read.modules))
	}
	for _, module := range read.modules {
		assert.True(t, slices.Contains(seen, module), "ARCHITECTURE.md has no row for this module: add\n\t| `%s` | its package | what it is for |\n"+
			"to the table under \"The house\"", module)
	}
}

// mayImport is the paragraph "The arrows" of ARCHITECTURE.md, between modules. The linter holds more, package by package, of
// the modules that .golangci.yml names.
func mayImport(from, to string, test bool) bool {
	switch top, _, _ := strings.Cut(from, "/"); {
	case top == "examples", top == "benchmarks", top == "docs":
		return true
	case top == "adapters":
		shared := to == "adapters/internal/fasthttpseam" && strings.HasPrefix(from, "adapters/fiber")
		return to == "core" || shared || test && (to == "conformance" || strings.HasPrefix(from, to+"/"))
	case from == "interop", from == "browser":
		return to == "core" || strings.HasPrefix(to, "adapters/")
	case from == "service":
		return to == "core" || to == "registrator"
	case from == "conformance", from == "core/internal/strictjson/difftest":
		return to == "core"
	default: // core and registrator stand by themselves
		return false
	}
}

// TestArrows reads the imports of all files, also of those of an adapter that the linter has no rule for yet.
func TestArrows(t *testing.T) {
	read := readTree(t)
	count := 0
	walk(t, func(dir, name string) {
		if path.Ext(name) != ".go" {
			return
		}
		from := moduleOf(dir, read.modules)
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", dir, name), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), house)
			to := moduleOf(imported, read.modules)
			if !ours || to == from {
				continue
			}
			count++
			assert.True(t, mayImport(from, to, strings.HasSuffix(name, "_test.go")), "%s/%s imports %s: the module %s may not import %s, "+
				"see \"The arrows\" in ARCHITECTURE.md", dir, name, imported, from, to)
		}
	})
	assert.Greater(t, count, 50, "the test finds the imports")
}

// adapters returns the modules that bind the chain to a framework.
func adapters(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(released(t), func(module string) bool {
		return !strings.HasPrefix(module, "adapters/") || strings.HasPrefix(module, "adapters/internal/")
	})
}

// TestEveryAdapterWatchesRoutes looks for the function Watch, which has one parameter and returns an audit, and for its example or
// test.
func TestEveryAdapterWatchesRoutes(t *testing.T) {
	for _, module := range adapters(t) {
		files, err := fs.Glob(repository, module+"/*.go")
		require.NoError(t, err)
		var watches, tested bool
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Recv != nil {
					continue
				}
				tested = tested || f.Name.Name == "TestWatch"
				watches = watches || f.Name.Name == "Watch" && f.Type.Params.NumFields() == 1 && returnsAudit(f)
			}
		}
		assert.True(t, watches, "%s has no function Watch that returns an *audit.Audit of a router, as the other adapters do", module)
		assert.True(t, tested, "%s has no TestWatch", module)
	}
}

func returnsAudit(f *ast.FuncDecl) bool {
	if f.Type.Results.NumFields() != 1 {
		return false
	}
	star, ok := f.Type.Results.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	named, ok := star.X.(*ast.SelectorExpr)
	return ok && named.Sel.Name == "Audit" && fmt.Sprint(named.X) == "audit"
}

// TestEveryAdapterRunsTheSuite looks for the function that make conformance runs.
func TestEveryAdapterRunsTheSuite(t *testing.T) {
	for _, module := range adapters(t) {
		files, err := fs.Glob(repository, module+"/*_test.go")
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(files, func(file string) bool {
			source, err := fs.ReadFile(repository, file)
			return err == nil && strings.Contains(string(source), "\nfunc TestConformance(t *testing.T) {")
		}), "%s has no TestConformance: call conformance.Run there, as the other adapters do", module)
	}
}

// TestWhereToLookExists finds each file and folder that the table names. A name without a folder is beside the one before.
func TestWhereToLookExists(t *testing.T) {
	for _, cells := range tableRows(t, "Where to look") {
		require.Len(t, cells, 2, "%q", cells)
		dir := ""
		for _, name := range codes(cells[1]) {
			if strings.Contains(name, "/") {
				dir = path.Dir(name)
			} else {
				name = path.Join(dir, name)
			}
			found, err := fs.Glob(repository, name)
			require.NoError(t, err)
			assert.NotEmpty(t, found, "\"Where to look\" in ARCHITECTURE.md says %s for%s: there is no such file", name, cells[0])
		}
	}
}
