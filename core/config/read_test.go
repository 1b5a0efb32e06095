package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/config"
)

func TestServiceAndGateway(t *testing.T) {
	c, err := config.Load("testdata/platform/jwt-issuer.json")
	require.NoError(t, err)
	assert.Equal(t, config.Service{
		Name: "jwt-issuer", Port: 8080, Paths: []string{"/jwt"}, Host: "jwt-issuer.service.consul",
		Hosts: []string{"localhost", "jwt.example.org"}, Weight: 10, Slots: 100,
	}, c.Service)
	assert.Empty(t, c.Gateway)

	c, err = config.Load("testdata/platform/user.json")
	require.NoError(t, err)
	assert.Equal(t, "microservice-user", c.Service.Name)
	assert.Equal(t, config.Gateway{URL: "http://kong:8000", AdminURL: "http://kong:8001"}, c.Gateway)
	assert.Equal(t, "v1.0", c.Version)

	c, err = config.Parse([]byte(`{"service": {"name": "a", "port": 8.08e3}}`))
	require.NoError(t, err)
	assert.Equal(t, 8080, c.Service.Port, "as in a schema, a number without a fraction is an integer")
}

// read writes a file and reads it with variables.
func read(t *testing.T, text string, variables ...string) (*config.Config, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "service.json")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return config.Read(append([]string{"PATH=/bin", "SERVICE_CONFIG_FILE=" + name}, variables...))
}

const small = `{
  "service": {"name": "orders", "port": 8080},
  "gatewayAdminUrl": "http://kong:8001",
  "security": {"keysDir": "/keys", "jwt": {}}
}`

func TestVariables(t *testing.T) {
	c, err := read(t, small,
		"API_GATEWAY_URL=http://localhost:9001",
		"SERVICE_CONFIG__SERVICE__PORT=9090",
		"SERVICE_CONFIG__SERVICE__PATHS=/orders, /carts",
		"SERVICE_CONFIG__SERVICE__VIRTUAL_HOST=orders.test",
		"SERVICE_CONFIG__SERVICE__NAME=",
		"SERVICE_CONFIG__SERVICE__WEIGHT=1", "SERVICE_CONFIG__SERVICE__WEIGHT=2",
		"SERVICE_CONFIG__SERVICE__SLOTS=3", "SERVICE_CONFIG__SERVICE__SLOTS=",
		"ORDERS_SERVICE_PORT=80", "SERVICE_CONFIG_SERVICE_PORT=80", "SERVICE_CONFIG_SERVICE_HOST=10.0.0.1", // as Kubernetes makes them
		"SERVICE_CONFIG_PORT=tcp://10.0.0.1:80", "SERVICE_CONFIG_MICROSERVICE_PORT=tcp://10.0.0.1:80", "SERVICE_CONFIG_PORT_80_TCP_ADDR=10.0.0.1",
	)
	require.NoError(t, err)
	assert.Equal(t, config.Service{Name: "orders", Port: 9090, Paths: []string{"/orders", "/carts"}, Host: "orders.test", Weight: 2}, c.Service)
	assert.Equal(t, "http://localhost:9001", c.Gateway.AdminURL)
}

func TestVariablesThatAreErrors(t *testing.T) {
	const in = "service.json: "
	for _, c := range []struct{ name, variable, want string }{
		{"a misspelled one", "SERVICE_CONFIG__SECURITY__KEYDIR=/x", in + "SERVICE_CONFIG__SECURITY__KEYDIR: does not belong to a field: did you mean SERVICE_CONFIG__SECURITY__KEYSDIR?"},
		{"in small letters", "service_config__security__disable=true", in + "service_config__security__disable: does not belong to a field"},
		{"in small letters in part", "SERVICE_CONFIG__service__port=1", in + "SERVICE_CONFIG__service__port: does not belong to a field: did you mean SERVICE_CONFIG__SERVICE__PORT?"},
		{"an element of a list", "SERVICE_CONFIG__SECURITY__JWT__ISSUERS__0=a", in + "SERVICE_CONFIG__SECURITY__JWT__ISSUERS__0: does not belong to a field"},
		{"a whole section", "SERVICE_CONFIG__SECURITY__JWT={}", in + "SERVICE_CONFIG__SECURITY__JWT: does not belong to a field"},
		{"one that controls a terminal", "SERVICE_CONFIG__\x1b[31m=a", in + `"SERVICE_CONFIG__\x1b[31m": does not belong to a field`},
		{"a value that is not UTF-8", "SERVICE_CONFIG__SERVICE__NAME=hunter2\xff", in + "SERVICE_CONFIG__SERVICE__NAME: service.name: is not valid UTF-8"},
		{"single underscores", "SERVICE_CONFIG_SECURITY_KEYSDIR=/x", in + "SERVICE_CONFIG_SECURITY_KEYSDIR: does not belong to a field: did you mean SERVICE_CONFIG__SECURITY__KEYSDIR?"},
		{"single underscores in small letters", "service_config_security_jwt_issuers=a", in + "service_config_security_jwt_issuers: does not belong to a field: did you mean SERVICE_CONFIG__SECURITY__JWT__ISSUERS?"},
		{"an underscore too few and one too many", "SERVICE_CONFIG_SECURITY__KEYS_DIR=/x", in + "SERVICE_CONFIG_SECURITY__KEYS_DIR: does not belong to a field: did you mean SERVICE_CONFIG__SECURITY__KEYSDIR?"},
		{"single underscores to open the service", "SERVICE_CONFIG_SECURITY_DISABLE=true", in + "SERVICE_CONFIG_SECURITY_DISABLE: security.disable has no variable: set it in the file"},
		{"nothing like it", "SERVICE_CONFIG__DATABASE__PASSWORD=hunter2", in + "SERVICE_CONFIG__DATABASE__PASSWORD: does not belong to a field"},
		{"a value of another type", "SERVICE_CONFIG__SERVICE__PORT=hunter2", in + "SERVICE_CONFIG__SERVICE__PORT: service.port: must be a number from 1 to 65535"},
		{"a port that is too large", "SERVICE_CONFIG__SERVICE__PORT=70000", in + "SERVICE_CONFIG__SERVICE__PORT: service.port: must be a number from 1 to 65535"},
		{"one of a list", "SERVICE_CONFIG__SERVICE__PATHS=/a,hunter2", in + "SERVICE_CONFIG__SERVICE__PATHS: service.paths[1]: must be a path that begins with /"},
		{"a comma at the end", "SERVICE_CONFIG__SECURITY__JWT__ISSUERS=a,", in + "SERVICE_CONFIG__SECURITY__JWT__ISSUERS: security.jwt.issuers[1]: must not be empty: write a text, or remove it"},
		{"a section that is not there", "SERVICE_CONFIG__SECURITY__OAUTH2__ISSUERS=a", in + "SERVICE_CONFIG__SECURITY__OAUTH2__ISSUERS: the file has no section security.oauth2: add it to the file, or remove the variable"},
		{"the other name of the section", "SERVICE_CONFIG__MICROSERVICE__PORT=1", in + "SERVICE_CONFIG__MICROSERVICE__PORT: the file has no section microservice: set SERVICE_CONFIG__SERVICE__PORT instead, as the file has service"},
		{"to open the service", "SERVICE_CONFIG__SECURITY__DISABLE=true", in + "SERVICE_CONFIG__SECURITY__DISABLE: security.disable has no variable: set it in the file"},
		{"to open a route", "SERVICE_CONFIG__SECURITY__IGNOREPATTERNS=/a", in + "SERVICE_CONFIG__SECURITY__IGNOREPATTERNS: security.ignorePatterns has no variable: set it in the file"},
		{"to open a method", "SERVICE_CONFIG__SECURITY__IGNOREHTTPMETHODS=GET", in + "SERVICE_CONFIG__SECURITY__IGNOREHTTPMETHODS: security.ignoreHttpMethods has no variable: set it in the file"},
		{"a password in the address", "API_GATEWAY_URL=http://admin:hunter2@kong:8001", in + "API_GATEWAY_URL: gatewayAdminUrl: must be a URL such as http://kong:8001, without a user and a password"},
		{"the address by the rule", "SERVICE_CONFIG__GATEWAYADMINURL=http://kong:8001", in + "SERVICE_CONFIG__GATEWAYADMINURL: does not belong to a field"},
		{"no file", "SERVICE_CONFIG_FILE=", "config: SERVICE_CONFIG_FILE is not set: it names the configuration file of the service"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, small, c.variable)
			assert.EqualError(t, err, c.want)
			assert.NotContains(t, fmt.Sprint(err), "hunter2")
		})
	}
}

// TestEveryVariable sets each variable in a file that has all sections. No two fields have one variable, and what opens a service
// has none.
func TestEveryVariable(t *testing.T) {
	all := config.Variables()
	assert.Len(t, all, config.Fields(), "two fields have the same variable")
	sections := `{"service": {"name": "a"}, "security": {"keysDir": "/keys", "jwt": {}, "oauth2": {}, "acl": {"file": "acl.json"}}}`
	values := []string{"9", "/a", "http://kong:8001", "rfc9068"}
	for name, can := range all {
		if strings.Contains(name, "MICROSERVICE") {
			continue
		}
		accepted := slices.ContainsFunc(values, func(value string) bool {
			_, err := read(t, sections, name+"="+value)
			return err == nil || strings.Contains(err.Error(), "needs issuers")
		})
		assert.Equal(t, can, accepted, name)
	}
	for _, name := range []string{"DISABLE", "IGNOREPATTERNS", "IGNOREHTTPMETHODS", "ACL__DISABLE"} {
		can, ok := all["SERVICE_CONFIG__SECURITY__"+name]
		assert.True(t, ok && !can, name)
	}
}

// TestExampleOfTheDocumentation reads the file that the package documentation shows, with a policy.
func TestExampleOfTheDocumentation(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(source), "acl.file:\n//\n")
	example, _, found := strings.Cut(rest, "\n//\n")
	require.True(t, found)
	text := strings.NewReplacer("//\t", "", "[ … ]", `[{"id": "a", "subjects": ["a"], "effect": "allow", "actions": ["GET"], "resources": ["/a"]}]`).Replace(example)
	c, err := config.Parse([]byte(text))
	require.NoError(t, err, text)
	assert.Empty(t, c.Warnings())
	assert.Equal(t, "orders", c.Service.Name)
}

// TestNothingIsPrinted holds that no verb prints what a file has.
func TestNothingIsPrinted(t *testing.T) {
	c, err := config.Load("testdata/platform/user.json")
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		assert.Equal(t, "config.Config", fmt.Sprintf(verb, c), verb)
		assert.Equal(t, "config.Config", fmt.Sprintf(verb, *c), verb)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range goodFiles(f) {
		f.Add(text)
	}
	f.Add([]byte(`{"security": {"ignorePatterns": ["(a|^b$)+?", "\\x{10ffff}"], "oidc": [{"preset": "google", "clients": ["a"]}]}}`))
	v := newValidator(f, config.Schema())
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse(text)
		if (c == nil) != (err != nil) {
			t.Fatal("either a Config or an error")
		}
		if err != nil {
			return
		}
		c.Warnings()
		if ok, why := v.accepts(text); !ok {
			t.Fatalf("the schema refuses what the reader accepts: %s", why)
		}
	})
}
