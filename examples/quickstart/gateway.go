package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// gateway is a Kong in this process, and the registrator for it.
type gateway struct {
	*kongtest.Gateway
	registrator registrator.Registrator
}

func startGateway() (*gateway, error) {
	kong := kongtest.Start(kongtest.Config{})
	r, err := registrator.NewKong(kong.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		kong.Close()
		return nil, err
	}
	return &gateway{kong, r}, nil
}

// register registers each service on the gateway, below a path of its own. On a platform each service registers itself before it
// serves, and stops if that fails.
func (g *gateway) register(ctx context.Context, out io.Writer, all services) error {
	fmt.Fprintf(out, "Registered with the gateway:\n\n")
	for _, s := range all {
		err := g.registrator.Register(ctx, registrator.Service{
			Name:      "hello-" + s.path[1:],
			Paths:     []string{s.path},
			StripPath: true,
			Instance:  s.addr,
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-9s %s\n", s.framework, s.path)
	}
	return nil
}

// proxy returns the host and the port that clients of the gateway use.
func (g *gateway) proxy() string {
	u, err := url.Parse(g.ProxyURL())
	if err != nil {
		return ""
	}
	return u.Host
}
