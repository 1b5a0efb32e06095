package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// named has the packages whose names the tables "What is where" use.
var named = []string{
	"github.com/microkubes/microkubes-go/adapters/echo", "github.com/microkubes/microkubes-go/adapters/fiber",
	"github.com/microkubes/microkubes-go/adapters/nethttp", "github.com/microkubes/microkubes-go/core",
	"github.com/microkubes/microkubes-go/core/coretest", "github.com/microkubes/microkubes-go/core/internal/token",
	"github.com/microkubes/microkubes-go/core/internal/claims", "github.com/microkubes/microkubes-go/core/issuers",
	"github.com/microkubes/microkubes-go/core/jwt", "github.com/microkubes/microkubes-go/core/keys",
	"github.com/microkubes/microkubes-go/core/oidc", "github.com/microkubes/microkubes-go/core/acl",
	"github.com/microkubes/microkubes-go/registrator", "github.com/microkubes/microkubes-go/service",
	"github.com/auth0/go-jwt-middleware/v3", "github.com/auth0/go-jwt-middleware/v3/jwks",
	"github.com/auth0/go-jwt-middleware/v3/validator", "github.com/go-chi/jwtauth/v5", "github.com/gofiber/contrib/jwt",
	"github.com/gofiber/fiber/v2", "github.com/golang-jwt/jwt/v5", "github.com/labstack/echo-jwt/v4", "github.com/labstack/echo/v4",
	"github.com/lestrrat-go/jwx/v3/jwt",
}

// exported returns the exported names of packages: of functions, types, variables, methods and fields.
func exported(t *testing.T, packages []string) map[string]bool {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-f", "{{range .GoFiles}}{{$.Dir}}/{{.}}\n{{end}}"}, packages...)...)
	list.Env = append(os.Environ(), "GOWORK=off")
	out, err := list.Output()
	require.NoError(t, err)
	names := map[string]bool{}
	for file := range strings.FieldsSeq(string(out)) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				names[n.Name.Name] = true
				return false
			case *ast.TypeSpec:
				names[n.Name.Name] = true
			case *ast.ValueSpec, *ast.Field:
				for _, name := range identifiers(n) {
					names[name.Name] = true
				}
			}
			return true
		})
	}
	return names
}

func identifiers(n ast.Node) []*ast.Ident {
	if value, ok := n.(*ast.ValueSpec); ok {
		return value.Names
	}
	return n.(*ast.Field).Names
}

var (
	inline = regexp.MustCompile("`[^`]+`")
	quoted = regexp.MustCompile(`"[^"]*"`)
	name   = regexp.MustCompile(`\b[A-Z]\w+`)
)

// TestNamesExist looks for the names of the tables "What is where", in this library and in the others.
func TestNamesExist(t *testing.T) {
	names := exported(t, named)
	require.Greater(t, len(names), 1000)
	count := 0
	first := regexp.MustCompile(`(?m)^\|[^|]*\|`) // the first column of a table, which for Python has names that no Go package has
	for _, page := range pageNames() {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		_, section, _ := strings.Cut(string(text), "\n## What is where\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if page == microkubesPython.File {
			section = first.ReplaceAllString(section, "")
		}
		for _, code := range inline.FindAllString(section, -1) {
			for _, found := range name.FindAllString(quoted.ReplaceAllString(code, ""), -1) {
				count++
				assert.True(t, names[found], "%s: %s: nothing has the name %s", page, code, found)
			}
		}
	}
	assert.Greater(t, count, 100)
}
