package service

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	pathpkg "path"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/registrator"
)

// Config describes a service. Name, Policy and, unless Registration has hosts, methods or headers, Paths are required. All else
// has a default that is safe.
type Config struct {
	// Name identifies the service on the gateway and in logs.
	Name string
	// Paths are the prefixes whose requests the gateway sends to the service: see [registrator.Service].
	Paths []string
	// Policy says whose tokens the service accepts: see [Microkubes], [OIDC] and [FromFile].
	Policy Policy
	// Version is what the version endpoint shows. Empty: the version of the program's module, if its build has one.
	Version string

	// Address is the host and port to listen on. Empty: the value of LISTEN_ADDR, or else ":8080".
	Address string
	// Host is the host at which the gateway reaches this process, such as the address of its pod. Empty: the value of
	// SERVICE_HOST, or else the host of Address, if that is not every address of the machine.
	Host string
	// Listener is used in place of Address if it is not nil, for example one that the process was started with. Run closes it.
	Listener net.Listener
	// TLS is the configuration for https, with a certificate. Nil: the service listens without TLS. The gateway is told to use
	// https.
	TLS *tls.Config

	// HealthPath and VersionPath are the paths of the endpoints: see the package comment. Empty: /healthcheck and /version. "-"
	// as the VersionPath means that there is no version endpoint.
	HealthPath, VersionPath string

	// GatewayURL is the address of the gateway's Admin API. Empty: the value of API_GATEWAY_URL, or else
	// [registrator.DefaultAdminURL].
	GatewayURL string
	// Gateway has the token and the TLS configuration for the Admin API. Its Timeout is how long the service waits for its
	// gateway when it starts.
	Gateway registrator.Config
	// Registration has what else the gateway should know, such as hosts, plugins and timeouts, without Name and Paths. If it has
	// neither Host nor Instance, each process registers as an instance, by the Host above. If it has one of them and no port, the
	// port is that of the listener. With Protocol "grpc" or "grpcs", the Server must serve HTTP/2: that of [HTTP] does so only
	// with a TLS whose NextProtos has "h2".
	Registration registrator.Service
	// WithoutGateway starts the service without a gateway, such as on the machine of a developer.
	WithoutGateway bool

	// StopTimeout limits stopping as a whole. 0 means 25 seconds, since Kubernetes kills a process 30 seconds after SIGTERM.
	StopTimeout time.Duration
	// Linger is how long the service keeps serving after it has left the gateway, because the gateway goes on sending requests
	// until all its workers know. 0 means 10 seconds. The node of Kong that takes the write knows at once, but another node polls
	// the database every 5 seconds and may apply what it finds 5 seconds later: Kong 3.9 needed up to 9.8 seconds until a second
	// node had applied a write. With one node, a second is enough. A negative value means that the service does not wait. Linger
	// uses no more than half of the time that is left to stop. With WithoutGateway the service does not wait.
	Linger time.Duration

	// Logger gets a record of each step. Nil: slog.Default.
	Logger *slog.Logger

	file *file // nil: the Config is not from a file
}

// Defaults of a Config.
const (
	defaultAddress     = ":8080"
	defaultHealthPath  = "/healthcheck"
	defaultVersionPath = "/version"
	defaultStopTimeout = 25 * time.Second
	defaultLinger      = 10 * time.Second
)

// complete sets the defaults and refuses a Config that cannot work. The error says what to change.
func (c Config) complete() (Config, error) {
	c, err := c.withFile()
	if err == nil {
		err = c.validate()
	}
	if err != nil {
		return c, err
	}
	c.Address = cmp.Or(c.Address, os.Getenv("LISTEN_ADDR"), defaultAddress)
	c.Host = cmp.Or(c.Host, os.Getenv("SERVICE_HOST"))
	c.HealthPath = cmp.Or(c.HealthPath, defaultHealthPath)
	c.VersionPath = cmp.Or(c.VersionPath, defaultVersionPath)
	c.StopTimeout = cmp.Or(c.StopTimeout, defaultStopTimeout)
	c.Linger = max(0, cmp.Or(c.Linger, defaultLinger))
	if c.WithoutGateway {
		c.Linger = 0
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.Gateway.Logger = cmp.Or(c.Gateway.Logger, c.Logger)
	c.Registration.Name, c.Registration.Paths = c.Name, slices.Clone(c.Paths)
	c.Version = cmp.Or(c.Version, builtVersion())
	if err := c.validatePaths(); err != nil {
		return c, err
	}
	return c, c.validateRegistration()
}

func (c Config) validate() error {
	switch {
	case c.Name == "":
		return errors.New("Config.Name is empty: it is the name of the service on the gateway")
	case c.Policy == nil:
		return errors.New("Config.Policy is nil: say whose tokens the service accepts, such as service.Microkubes(\"./keys\")")
	case c.Registration.Name != "" || c.Registration.Paths != nil:
		return errors.New("Config.Registration must have no Name and no Paths: set Config.Name and Config.Paths")
	case c.Address != "" && c.Listener != nil:
		return errors.New("Config has an Address and a Listener: set one of them")
	case c.Host != "" && (c.Registration.Host != "" || c.Registration.Instance != ""):
		return errors.New("Config has a Host, and so has its Registration, in Host or Instance: set one of them; " +
			"with FromFile, Registration.Host is the virtual_host of the file")
	case c.StopTimeout < 0:
		return errors.New("Config.StopTimeout is negative: 0 means 25 seconds")
	case c.WithoutGateway && c.GatewayURL != "":
		return errors.New("Config has WithoutGateway and a GatewayURL: set one of them")
	}
	return c.validateTLS()
}

func (c Config) validateTLS() error {
	if t := c.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		return errors.New("Config.TLS has no certificate: set Certificates or GetCertificate")
	}
	protocol := c.Registration.Protocol
	encrypted := protocol == "https" || protocol == "grpcs"
	if protocol != "" && encrypted != (c.TLS != nil) {
		return fmt.Errorf("Config.Registration.Protocol %q does not fit Config.TLS: leave Protocol empty, or set both", protocol)
	}
	return nil
}

func (c Config) validatePaths() error {
	const change = "is not a plain path: write one such as /healthcheck"
	switch {
	case !isPlainPath(c.HealthPath):
		return fmt.Errorf("the HealthPath %q "+change, c.HealthPath)
	case !isPlainPath(c.VersionPath) && c.VersionPath != "-":
		return fmt.Errorf("the VersionPath %q "+change, c.VersionPath)
	case c.VersionPath == c.HealthPath, c.VersionPath == c.livePath():
		return errors.New("Config.VersionPath is the path of another endpoint: choose another one")
	}
	return nil
}

// validateRegistration returns an error for a registration that the registrator would refuse. It is found before the routes are
// made, since the audit of the routes compares them with it.
func (c Config) validateRegistration() error {
	if c.WithoutGateway {
		return nil
	}
	s, err := c.description(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 8080}) // the listener's is not known yet
	if err != nil {
		return err
	}
	return s.Validate()
}

// isPlainPath reports whether every client sends a path, and every framework reads it, in the same way.
func isPlainPath(path string) bool {
	isClean := strings.HasPrefix(path, "/") && pathpkg.Clean(path) == path
	return path != "/" && isClean && (&url.URL{Path: path}).EscapedPath() == path
}

// livePath is the path of the endpoint for liveness probes.
func (c Config) livePath() string { return c.HealthPath + "/live" }
