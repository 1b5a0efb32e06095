package service_test

import (
	"context"
	"crypto/tls"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// wrongValues has values that a service cannot start with. The file testdata/wrongvalues.txt has the error of each.
var wrongValues = []struct {
	name   string
	change func(c *service.Config)
}{
	{"no name", func(c *service.Config) { c.Name = "" }},
	{"a name that Kong refuses", func(c *service.Config) { c.Name = "hello service" }},
	{"no paths", func(c *service.Config) { c.Paths = nil }},
	{"a path without a slash", func(c *service.Config) { c.Paths = []string{"hello"} }},
	{"a multicast address", func(c *service.Config) { c.Host = "224.0.0.1" }},
	{"no policy", func(c *service.Config) { c.Policy = nil }},
	{"a policy without providers", func(c *service.Config) {
		c.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) {
			chain, err := core.NewSecurityChain()
			return chain, nil, err
		}
	}},
	{"a policy without a chain", func(c *service.Config) {
		c.Policy = func(context.Context) (*core.SecurityChain, []io.Closer, error) { return nil, []io.Closer{nil}, nil }
	}},
	{"a directory that is not there", func(c *service.Config) { c.Policy = service.Microkubes("/nowhere") }},
	{"an OpenID provider without a URL", func(c *service.Config) { c.Policy = service.OIDC(oidc.Config{}) }},
	{"two names", func(c *service.Config) { c.Registration.Name = "other" }},
	{"two lists of paths", func(c *service.Config) { c.Registration.Paths = []string{"/"} }},
	{"an address and a listener", func(c *service.Config) { c.Listener = newPipes("10.0.0.7", 8080) }},
	{"an address without a port", func(c *service.Config) { c.Address = "127.0.0.1" }},
	{"a port alone", func(c *service.Config) { c.Address = "8080" }},
	{"an empty port", func(c *service.Config) { c.Address = "127.0.0.1:" }},
	{"a port out of range", func(c *service.Config) { c.Address = "127.0.0.1:99999" }},
	{"an address that is not known", func(c *service.Config) { c.Address = ":0" }},
	{"every IPv4 address", func(c *service.Config) { c.Address = "0.0.0.0:0" }},
	{"a host with a port", func(c *service.Config) { c.Host = "10.0.0.7:8080" }},
	{"a host with a scheme", func(c *service.Config) { c.Host = "http://10.0.0.7" }},
	{"a name in brackets", func(c *service.Config) { c.Host = "[hello]" }},
	{"a host in quotation marks", func(c *service.Config) { c.Host = `"10.0.0.7"` }},
	{"a host with a password", func(c *service.Config) { c.Host = "pw-in-host@10.0.0.7" }},
	{"an address with a password", func(c *service.Config) { c.Address = "pw-in-address@127.0.0.1:0" }},
	{"a host and a host for all", func(c *service.Config) {
		c.Host, c.Registration.Host = "10.0.0.7", "hello.service.consul"
	}},
	{"a host and an instance", func(c *service.Config) {
		c.Host, c.Registration.Instance = "10.0.0.7", "10.0.0.8:80"
	}},
	{"TLS without a certificate", func(c *service.Config) { c.TLS = &tls.Config{} }},
	{"https without TLS", func(c *service.Config) { c.Registration.Protocol = "https" }},
	{"TLS without https", func(c *service.Config) {
		c.TLS, c.Registration.Protocol = &tls.Config{Certificates: make([]tls.Certificate, 1)}, "http"
	}},
	{"a health path without a slash", func(c *service.Config) { c.HealthPath = "health" }},
	{"no health path", func(c *service.Config) { c.HealthPath = "-" }},
	{"an escape in a path", func(c *service.Config) { c.VersionPath = "/a%20b" }},
	{"dot segments", func(c *service.Config) { c.VersionPath = "/a/../b" }},
	{"a letter that clients escape", func(c *service.Config) { c.HealthPath = "/gesundheit-ö" }},
	{"a brace in a path", func(c *service.Config) { c.HealthPath = "/{health}" }},
	{"a control character in a path", func(c *service.Config) { c.VersionPath = "/a\tb" }},
	{"a slash at the end", func(c *service.Config) { c.HealthPath = "/health/" }},
	{"the root", func(c *service.Config) { c.VersionPath = "/" }},
	{"one path for two endpoints", func(c *service.Config) { c.HealthPath = "/version" }},
	{"the path for liveness", func(c *service.Config) { c.VersionPath = "/healthcheck/live" }},
	{"a negative time", func(c *service.Config) { c.StopTimeout = -time.Second }},
	{"a gateway without a scheme", func(c *service.Config) { c.GatewayURL = "kong:8001" }},
	{"a gateway and none", func(c *service.Config) { c.WithoutGateway = true }},
}

// TestWrongValues compares the errors of wrongValues with testdata/wrongvalues.txt. A line of the file has the name, the Go code
// and the lines of the error, separated by tabs. UPDATE=1 writes the file. docs/CONFIGURATION.md shows it.
func TestWrongValues(t *testing.T) {
	code := codeOfWrongValues(t)
	require.Len(t, code, len(wrongValues))
	var got []string
	for i, c := range wrongValues {
		t.Run(c.name, func(t *testing.T) {
			err := errorOfStart(t, c.change)
			got = append(got, c.name+"\t"+code[i]+"\t"+strings.ReplaceAll(err.Error(), "\n", "\t"))
		})
	}
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("testdata/wrongvalues.txt", []byte(strings.Join(got, "\n")+"\n"), 0o600))
	}
	want, err := os.ReadFile("testdata/wrongvalues.txt")
	require.NoError(t, err)
	assert.Equal(t, strings.Split(strings.TrimSuffix(string(want), "\n"), "\n"), got, "run the test with UPDATE=1")
}

// errorOfStart returns the error of a service whose Config is changed. The gateway must not be asked.
func errorOfStart(t *testing.T, change func(c *service.Config)) error {
	t.Helper()
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Address: "127.0.0.1:0", GatewayURL: gateway.AdminURL(),
		Policy: service.Microkubes(writtenKeys(t)), Logger: slog.New(slog.DiscardHandler),
	}
	change(&config)
	built := false
	err := service.Run(t.Context(), config, func(app *service.App) (service.Server, error) {
		built = true
		return serveNothing(app)
	})
	require.ErrorIs(t, err, service.ErrStart)
	assert.NotContains(t, err.Error(), "pw-in-")
	assert.False(t, built && errors.Is(err, registrator.ErrInvalid) && config.GatewayURL == gateway.AdminURL(),
		"a wrong registration is found before the routes are made and their audit compares them with it")
	assert.Empty(t, gateway.Requests())
	return err
}

// codeOfWrongValues returns the Go code of each function in wrongValues, in one line and without the name of the Config.
func codeOfWrongValues(t *testing.T) (all []string) {
	const name = "wrongvalues_test.go"
	source, err := os.ReadFile(name)
	require.NoError(t, err)
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, 0)
	require.NoError(t, err)
	receiver, lineBreak := regexp.MustCompile(`\bc\.`), regexp.MustCompile(`\s*\n\s*`)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == "wrongValues" {
			for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
				body := element.(*ast.CompositeLit).Elts[1].(*ast.FuncLit).Body
				text := string(source[files.Position(body.Lbrace).Offset+1 : files.Position(body.Rbrace).Offset])
				text = lineBreak.ReplaceAllString(receiver.ReplaceAllString(strings.TrimSpace(text), ""), "; ")
				all = append(all, strings.NewReplacer("{; ", "{ ", "; }", " }").Replace(text))
			}
		}
		return true
	})
	return all
}

// TestAddressesOfTheMachine has addresses that are not among wrongValues: their errors differ from machine to machine.
func TestAddressesOfTheMachine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, address := range map[string]string{"a port in use": taken.Addr().String(), "a socket in a file": "unix:/tmp/socket"} {
		err := errorOfStart(t, func(c *service.Config) { c.Address = address })
		assert.ErrorContains(t, err, "choose another address in Config.Address or LISTEN_ADDR, or end the process that uses it", name)
	}
}
