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

// gateway is a Kong in this process, and what registers with it.
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

// register puts each service on the gateway, below a path of its own. On a platform each service does that for itself,
// before anything else, and stops when it cannot.
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

// proxy is the address that clients of the gateway use.
func (g *gateway) proxy() string {
	u, err := url.Parse(g.ProxyURL())
	if err != nil {
		return ""
	}
	return u.Host
}
