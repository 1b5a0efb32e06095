package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/config"
	"github.com/microkubes/microkubes-go/registrator"
)

// FromFile returns the Config in the configuration file that the environment variable SERVICE_CONFIG_FILE names. Package config
// of module core describes the file, and the variables that replace values in it.
//
//	service.Main(service.FromFile(), routes)
//
// The section security is the Policy, until Policy is set. If SERVICE_HOST is set, each process registers as an instance by that
// host. Otherwise the service registers by its virtual_host. If LISTEN_ADDR is not set, the service listens on its port.
//
// The GatewayURL is the gatewayAdminUrl of the file. To start without a gateway, clear it:
//
//	config := service.FromFile()
//	config.GatewayURL, config.WithoutGateway = "", true
//
// If the file is missing or wrong, Run fails with the error, which has the line and the field.
func FromFile() Config {
	settings, err := config.Read(os.Environ())
	if err != nil {
		return Config{file: &file{err: err}}
	}
	s := settings.Service
	c := Config{
		Name: s.Name, Paths: s.Paths, Version: settings.Version, GatewayURL: settings.Gateway.AdminURL,
		Registration: registrator.Service{Hosts: s.Hosts},
		file:         &file{settings: settings},
	}
	if s.Port != 0 {
		c.Address = cmp.Or(os.Getenv("LISTEN_ADDR"), net.JoinHostPort("", strconv.Itoa(s.Port)))
	}
	if os.Getenv("SERVICE_HOST") == "" {
		c.Registration.Host = s.Host
	}
	return c
}

// file is what Run needs of a configuration file.
type file struct {
	err      error // of reading it
	settings *config.Config
	logger   *slog.Logger
	security *config.Security // set by open
}

// open is the [Policy] of the section security.
func (f *file) open(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
	security, err := f.settings.Open(ctx, config.Options{Logger: f.logger})
	if err != nil {
		return nil, nil, err
	}
	f.security = security
	return security.Chain(), security.Stores(), nil
}

// policies returns the section acl, or nil.
func (f *file) policies() *acl.Policies {
	if f == nil || f.security == nil {
		return nil
	}
	return f.security.Policies()
}

// withFile returns the Config with the Policy of its file, unless it has another one. The file belongs to one call of Run, since
// open changes it.
func (c Config) withFile() (Config, error) {
	if c.file == nil {
		return c, nil
	}
	if c.file.err != nil {
		return c, fmt.Errorf("the configuration file: %w", c.file.err)
	}
	if c.Policy == nil {
		c.file = &file{settings: c.file.settings, logger: c.Logger}
		c.Policy = c.file.open
	}
	return c, nil
}
