package core_test

import (
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// TestImportsNothingOfAThirdParty holds what package core promises to those who import it.
func TestImportsNothingOfAThirdParty(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	const core = "github.com/microkubes/microkubes-go/core"
	assert.ElementsMatch(t, []string{core, core + "/internal/bearer", core + "/internal/described", core + "/internal/guarded", core + "/internal/identity", core + "/internal/ownership", core + "/internal/path", core + "/internal/reason", core + "/internal/seal", core + "/internal/strictjson"}, strings.Fields(string(out)))
}

// TestExportsFewNames keeps package core small enough to be known by heart.
func TestExportsFewNames(t *testing.T) {
	var names []string
	for _, file := range sources(t) {
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

func sources(t *testing.T) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	return files
}

// TestReasons compares the table of ARCHITECTURE.md with the constants of package reason. It finds constants that are not used,
// and codes that are written as string literals, which the compiler accepts.
func TestReasons(t *testing.T) {
	page, err := os.ReadFile("../ARCHITECTURE.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## Reason codes")
	require.True(t, found)
	var fromPage []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(section, -1) {
		fromPage = append(fromPage, m[1]+": "+m[2])
	}
	var fromSource []string
	used := map[reason.Code]bool{}
	for _, p := range typeChecked(t) {
		for id, object := range p.info.Defs {
			if code, ok := codeOf(object); ok {
				fromSource = append(fromSource, string(code)+": "+reason.Meaning(code))
				assert.Contains(t, fromPage, string(code)+": "+reason.Meaning(code), id.Name)
				assert.Equal(t, code, reason.NumberOf(code).Code(), id.Name)
			}
		}
		for _, object := range p.info.Uses {
			if code, ok := codeOf(object); ok && object.Pkg() != p.Package {
				used[code] = true
			}
		}
		for e, value := range p.info.Types {
			if text, ok := e.(*ast.BasicLit); ok && isCode(value.Type) && text.Value != `""` && !strings.HasSuffix(p.Path(), "/reason") {
				t.Errorf("%s: %s is a constant of package reason", p.position(e), text.Value)
			}
		}
	}
	assert.ElementsMatch(t, fromPage, fromSource)
	require.Greater(t, len(fromSource), 20)
	for _, line := range fromPage {
		code, _, _ := strings.Cut(line, ":")
		assert.True(t, used[reason.Code(code)], "%q is in the table and never used", code)
	}
}

// codeOf returns the value of a constant of package reason.
func codeOf(object types.Object) (reason.Code, bool) {
	c, ok := object.(*types.Const)
	if !ok || !isCode(c.Type()) {
		return "", false
	}
	return reason.Code(constant.StringVal(c.Val())), true
}

func isCode(t types.Type) bool {
	return t != nil && types.Unalias(t).String() == reflect.TypeFor[reason.Code]().PkgPath()+".Code"
}

type typedPackage struct {
	*types.Package
	info *types.Info
	set  *token.FileSet
}

func (p typedPackage) position(n ast.Node) token.Position { return p.set.Position(n.Pos()) }

// typeChecked returns all packages of this module, without their tests. It reads the packages that they import from the export
// data of the compiler.
func typeChecked(t *testing.T) (all []typedPackage) {
	t.Helper()
	const format = `{{.ImportPath}}|{{.Export}}|{{if not .DepOnly}}{{.Dir}}|{{join .GoFiles "|"}}{{end}}`
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", format, "./...").Output()
	require.NoError(t, err)
	exports := map[string]string{}
	var own [][]string
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		exports[fields[0]] = fields[1]
		if fields[2] != "" {
			own = append(own, fields)
		}
	}
	set := token.NewFileSet()
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	for _, fields := range own {
		var files []*ast.File
		for _, name := range fields[3:] {
			file, err := parser.ParseFile(set, filepath.Join(fields[2], name), nil, 0)
			require.NoError(t, err)
			files = append(files, file)
		}
		info := &types.Info{
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		}
		p, err := config.Check(fields[0], set, files, info)
		require.NoError(t, err)
		all = append(all, typedPackage{p, info, set})
	}
	return all
}
