package main_test

import (
	"encoding/json"
	"fmt"
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

// imports has the packages of the Go blocks in README.md by the name before the dot.
var imports = map[string]string{
	"core": house + "core", "jwt": house + "core/jwt", "oauth2": house + "core/oauth2", "keys": house + "core/keys",
	"acl": house + "core/acl", "require": house + "core/require", "audit": house + "core/audit", "config": house + "core/config",
	"issuers": house + "core/issuers", "oidc": house + "core/oidc", "coretest": house + "core/coretest", "conformance": house + "conformance",
	"nethttp": house + "adapters/nethttp", "echosec": house + "adapters/echo", "fibersec": house + "adapters/fiber",
	"service": house + "service", "registrator": house + "registrator", "kongtest": house + "registrator/kongtest",
	"echo": "github.com/labstack/echo/v4", "fiber": "github.com/gofiber/fiber/v2",
	"context": "context", "errors": "errors", "log": "log", "http": "net/http", "os": "os", "signal": "os/signal",
	"syscall": "syscall", "testing": "testing", "time": "time",
}

// surroundings declares what a block uses and does not have. The first entry whose text is in the block counts.
var surroundings = []struct{ text, declarations string }{
	{"nethttp.New(", "var hello, create, users http.HandlerFunc; var mux, adminMux *http.ServeMux"},
	{"service.FromFile(", "var routes func(*service.App) (service.Server, error)"},
	{"service.Main(", "var realm string; var hello, create echo.HandlerFunc"},
	{"echosec.Watch(", "var service registrator.Service"},
	{"payments :=", "var sec *nethttp.Security"},
	{"echosec.New(", "var hello, create, users echo.HandlerFunc; var e *echo.Echo"},
	{"fibersec.New(", "var hello, create, users fiber.Handler; var app *fiber.App"},
	{"fibersec.Prepare(", "var app *fiber.App"},
	{"core.ProviderFunc(", `var ErrNoClient error
		type client struct { ID string; Roles []string }
		var clients interface { ByKey(context.Context, string) (client, error) }`},
	{"conformance.Run(", "var serve func(conformance.App) (string, func(), error)"},
	{"", "var revoked func(context.Context, *core.Auth) (bool, error); var o core.Observer; var platformKeys, shopKeys keys.Store"},
}

const known = `var (ctx context.Context; t *testing.T; err error; store keys.Store; config jwt.Config; chain *core.SecurityChain)`

var (
	goBlock   = regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n")
	ownImport = regexp.MustCompile(`(?s)^import \(.*?\n\)\n`)
	testFunc  = regexp.MustCompile(`func Test\w+\(`)
	qualified = regexp.MustCompile(`\b([a-z]\w*)\.`)
	unused    = regexp.MustCompile(`(declared and not used: \w+|imported and not used)$|^#`)
)

// TestReadmeCompiles compiles each Go block of README.md in the folder of the examples. A block need not use what it declares.
func TestReadmeCompiles(t *testing.T) {
	page, err := fs.ReadFile(repository, "README.md")
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatchIndex(string(page), -1)
	require.Equal(t, strings.Count(string(page), "\n```go\n"), len(blocks))
	require.Greater(t, len(blocks), 10)
	dir, overlay := t.TempDir(), map[string]string{}
	for n, block := range blocks {
		written := filepath.Join(dir, fmt.Sprintf("block%d.go", n))
		line := 1 + strings.Count(string(page[:block[2]]), "\n")
		require.NoError(t, os.WriteFile(written, []byte(program(n, line, string(page[block[2]:block[3]]))), 0o600))
		pretended, err := filepath.Abs(fmt.Sprintf("../examples/readme/block%d.go", n))
		require.NoError(t, err)
		overlay[pretended] = written
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay"), list, 0o600))
	build := exec.Command("go", "build", "-gcflags=-e", "-overlay", filepath.Join(dir, "overlay"), "./readme")
	build.Dir, build.Env = filepath.Join("..", "examples"), append(os.Environ(), "GOWORK=") // in the workspace, also if this test is not
	out, _ := build.CombinedOutput()
	require.Contains(t, string(out), "declared and not used", "the compiler has come to the blocks: %s", out)
	for line := range strings.Lines(string(out)) {
		assert.Regexp(t, unused, strings.TrimSpace(line), "README.md has a block that does not compile")
	}
}

// program returns a block as a file of package readme. The compiler numbers its lines as those of README.md.
func program(n, line int, block string) string {
	declared := known
	for _, s := range surroundings {
		if strings.Contains(block, s.text) {
			declared += "; " + s.declarations
			break
		}
	}
	block = ownImport.ReplaceAllStringFunc(block, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	block = testFunc.ReplaceAllString(block, "_ = func(")
	var head strings.Builder
	head.WriteString("package readme\n")
	added := map[string]bool{}
	for _, m := range qualified.FindAllStringSubmatch(declared+block, -1) {
		if path := imports[m[1]]; path != "" && !added[m[1]] {
			added[m[1]] = true
			fmt.Fprintf(&head, "import %s %q\n", m[1], path)
		}
	}
	return fmt.Sprintf("%sfunc block%d() { %s; {\n//line README.md:%d\n%s\n} }\n", head.String(), n, declared, line, block)
}
