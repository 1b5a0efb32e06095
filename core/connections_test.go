package core_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mayConnect lists the packages that may open connections, each with the reason. No other package of this module may, nor may
// a package that one of them imports.
var mayConnect = map[string]string{
	module + "/internal/fetch": "it gets the key sets and discovery documents of issuers",
	module + "/coretest":       "it is for tests: its issuer listens on a loopback address, and its client dials that issuer alone",
}

// mayName lists what packages that open no connection name all the same: core/keys has a field for the user's client, which it
// hands to internal/fetch, and core/config has one that it hands to core/keys.
var mayName = map[string]string{
	module + "/keys":   "remote.go: net/http.Client",
	module + "/config": "open.go: net/http.Client",
}

const module = "github.com/microkubes/microkubes-go/core"

// harmless lists, for each package that can reach the network, the names that neither open a connection nor listen. A name
// that is not on the list is refused, so what a later version of Go adds is refused, too.
var harmless = map[string]string{
	"crypto/tls":    `ConnectionState`,
	"crypto/x509":   `Certificate|DecryptPEMBlock|KeyUsage\w+|MarshalPKIXPublicKey|Parse\w+`,
	"net/http":      `Header|Method\w+|NoBody|Request|ResponseWriter|ServeMux|Status\w+|StripPrefix`,
	"net/textproto": `CanonicalMIMEHeaderKey`,
	"os":            `Err\w+|File\w*|Getenv|Lstat|Mkdir\w*|Mode\w+|O_\w+|Open\w*|Read\w+|Remove\w*|Rename|Root|Stat|Write\w+`,
	"syscall":       `O_\w+`,
}

// roots lists the packages by which a package reaches the network: directly, or by another process or foreign code.
var roots = []string{"net", "os/exec", "plugin"}

// primitives lists packages that can reach the network by themselves, but that all packages depend on.
var primitives = []string{"C", "os", "syscall", "unsafe"}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Dir                      string
	Standard                             bool
	Deps                                 []string
	GoFiles, CgoFiles, IgnoredGoFiles    []string
	SFiles, SysoFiles, IgnoredOtherFiles []string
}

// sourceFiles returns the Go files that are not tests, also those for other operating systems.
func (p *listed) sourceFiles() []string {
	files := slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles)
	return slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

// listPackages returns the packages of this module and all that they import.
func listPackages(t *testing.T) (all []listed) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Dir,Standard,Deps,GoFiles,CgoFiles,IgnoredGoFiles,SFiles,SysoFiles,IgnoredOtherFiles", "./...").Output()
	require.NoError(t, err)
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

// isolated returns the packages of which every name may be used. A package that go list did not find, such as an import for
// another operating system, is not among them.
func isolated(all []listed) map[string]bool {
	set := map[string]bool{}
	for _, p := range all {
		reaches := func(root string) bool { return p.ImportPath == root || p.Standard && slices.Contains(p.Deps, root) }
		set[p.ImportPath] = !slices.ContainsFunc(roots, reaches) && !slices.Contains(primitives, p.ImportPath)
	}
	return set
}

// connecting returns the imports and names in a file that may open a connection or listen.
func connecting(file *ast.File, isolated map[string]bool) (uses []string) {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		from, _ := strconv.Unquote(spec.Path.Value)
		if isolated[from] {
			continue
		}
		name := path.Base(from)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if imports[name] = from; name == "." || name == "_" || harmless[from] == "" {
			uses = append(uses, "import "+name+" "+spec.Path.Value)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := selector.X.(*ast.Ident); ok && imports[of.Name] != "" && !isHarmless(imports[of.Name], selector.Sel.Name) {
			uses = append(uses, imports[of.Name]+"."+selector.Sel.Name)
		}
		return true
	})
	return uses
}

func isHarmless(from, name string) bool {
	return regexp.MustCompile(`^(` + harmless[from] + `)$`).MatchString(name)
}

// TestOpensNoConnection checks that no package opens a connection, so a credential cannot make a service call an address that it
// names. It reads the sources of all packages that a service is built from, except those of the standard library.
func TestOpensNoConnection(t *testing.T) {
	all := listPackages(t)
	isolated, seen := isolated(all), 0
	for _, p := range all {
		if p.Standard {
			continue
		}
		seen++
		uses := slices.Concat(p.SFiles, p.SysoFiles, p.IgnoredOtherFiles) // which may do anything
		for _, name := range p.sourceFiles() {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, use := range connecting(file, isolated) {
				if use = name + ": " + use; use != mayName[p.ImportPath] {
					uses = append(uses, use)
				}
			}
		}
		if mayConnect[p.ImportPath] != "" {
			assert.NotEmpty(t, uses, "%s opens no connection: take it off the list", p.ImportPath)
			continue
		}
		assert.Empty(t, uses, "%s may open no connection: see mayConnect and harmless", p.ImportPath)
	}
	assert.Greater(t, seen, 9, "the packages of this module, and golang-jwt")
}

// TestConnectingSees tests connecting.
func TestConnectingSees(t *testing.T) {
	isolated := isolated(listPackages(t))
	for source, want := range map[string][]string{
		`import "net/http"; var _ = http.Get`:                                     {"net/http.Get"},
		`import h "net/http"; var do = h.DefaultClient.Do`:                        {"net/http.DefaultClient"},
		`import h "net/http"; type client struct{ *h.Client }`:                    {"net/http.Client"},
		`import "net/http"; func f() { _ = (&http.Server{}).ListenAndServe }`:     {"net/http.Server"},
		`import "net/http"; func f(t http.RoundTripper) {}`:                       {"net/http.RoundTripper"},
		`import . "net/http"; var _ = Get`:                                        {`import . "net/http"`},
		`import _ "net/http/pprof"`:                                               {`import _ "net/http/pprof"`},
		`import "net"; type d = net.Dialer`:                                       {`import net "net"`, "net.Dialer"},
		`import "net"; var _ = net.LookupHost`:                                    {`import net "net"`, "net.LookupHost"},
		`import "net/smtp"`:                                                       {`import smtp "net/smtp"`},
		`import rpc2 "net/rpc"`:                                                   {`import rpc2 "net/rpc"`},
		`import "crypto/tls"; var _ = tls.Dial`:                                   {"crypto/tls.Dial"},
		`import "crypto/tls"; var _ = tls.Client`:                                 {"crypto/tls.Client"},
		`import "crypto/tls"; var _ tls.ConnectionState`:                          nil,
		`import "log/syslog"`:                                                     {`import syslog "log/syslog"`},
		`import "os/exec"`:                                                        {`import exec "os/exec"`},
		`import "os"; var _ = os.StartProcess`:                                    {"os.StartProcess"},
		`import "syscall"; var _ = syscall.Connect`:                               {"syscall.Connect"},
		`import _ "unsafe"`:                                                       {`import _ "unsafe"`},
		`import "C"`:                                                              {`import C "C"`},
		`import "example.com/a/client"`:                                           {`import client "example.com/a/client"`},
		`import "net/http"; func f(r *http.Request) { r.Header = http.Header{} }`: nil,
		`import ("os"; "syscall"); var flags = os.O_RDONLY | syscall.O_NONBLOCK`:  nil,
		`import "net/url"; var _ = url.Parse`:                                     nil,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package a; "+source, parser.SkipObjectResolution)
		require.NoError(t, err, source)
		assert.Equal(t, want, connecting(file, isolated), source)
	}
}
