package config

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// Config is the configuration of a service. Make it with [Read], [Load] or [Parse].
type Config struct {
	Service Service
	Gateway Gateway
	Version string // of the service

	security *settings // nil: the file has no section for the service to be secured by
	warnings []string
}

// Service describes the service to its gateway, from the section service or microservice. It is the zero value if the file has
// neither.
type Service struct {
	Name   string
	Port   int      // 0: not given
	Paths  []string // that the gateway sends to the service
	Host   string   // virtual_host: the name or address at which the gateway reaches the service
	Hosts  []string // that clients use
	Weight int      // of this instance among others
	Slots  int      // of the balancer
}

// Gateway has the addresses of the gateway. They have no user and no password.
type Gateway struct {
	URL      string // of the proxy
	AdminURL string // of the Admin API
}

// maxFile is the maximum size of a file in bytes.
const maxFile = 4 << 20

// Load reads the file with that name. The environment does not change it: see [Read].
func Load(name string) (*Config, error) { return load(name, nil) }

func load(name string, variables environment) (*Config, error) {
	text, err := jsonfile.ReadFile(name, maxFile)
	var c *Config
	if err == nil {
		c, err = parse(text, variables)
	}
	if err != nil {
		return nil, jsonfile.Prefix(filepath.Base(name)+": ", err)
	}
	return c, nil
}

// Parse reads the text of a file. The error has a line and a field for everything that is wrong.
func Parse(text []byte) (*Config, error) {
	c, err := parse(text, nil)
	if err != nil {
		return nil, jsonfile.Prefix("config: ", err)
	}
	return c, nil
}

func parse(text []byte, variables environment) (*Config, error) {
	root, err := jsonfile.Parse(text, "")
	if err != nil {
		return nil, err
	}
	if root.Kind != '{' {
		return nil, root.Mistyped("an object")
	}
	c := &checker{}
	variables.apply(c, root)
	c.object(root, file)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	config := &Config{
		Service: c.service(root),
		Gateway: Gateway{URL: textOf(root, "gatewayUrl"), AdminURL: textOf(root, "gatewayAdminUrl")},
		Version: textOf(root, "version"),
	}
	config.security, config.warnings = c.security(root.Get("security"), config.Service.Paths)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return config, nil
}

func (c *checker) service(root *jsonfile.Node) Service {
	n := root.Get("service")
	if other := root.Get("microservice"); n == nil {
		n = other
	} else if other != nil {
		c.fail(other, "is another name of service: remove one of the two")
	}
	return Service{
		Name: textOf(n, "name"), Port: numberOf(n, "port"), Paths: textsOf(n, "paths"),
		Host: textOf(n, "virtual_host"), Hosts: textsOf(n, "hosts"),
		Weight: numberOf(n, "weight"), Slots: numberOf(n, "slots"),
	}
}

// Warnings returns what an operator should know about the file: what opens the service, and what means something else here than
// in the originals. Each begins with the line and the field. [Config.Open] logs them.
func (c *Config) Warnings() []string { return append([]string(nil), c.warnings...) }

// Format prints nothing of the file, for every verb of package fmt, also for a copy of a Config.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "config.Config") }
