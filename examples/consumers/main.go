// Command consumers is a service behind Kong's own authentication plugins: the gateway finds out who sends a request, and the
// service believes the headers in which the gateway says so. The gateway needs consumers with API keys and groups, which its
// operator creates.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/kong"
	"github.com/microkubes/microkubes-go/registrator"
)

func main() {
	addr := flag.String("addr", ":8080", "address to listen on")
	instance := flag.String("instance", "127.0.0.1:8080", "address by which the gateway reaches this process")
	peers := flag.String("peers", "127.0.0.1", "addresses and prefixes from which the gateway connects, separated by commas")
	proxy := flag.String("proxy", "http://localhost:8000", "URL of the gateway's proxy")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	listener, err := net.Listen("tcp", *addr)
	if err == nil {
		err = run(ctx, listener, *instance, *proxy, strings.Split(*peers, ","))
	}
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// describe returns the registration. Each field of a plugin that the identity depends on is described, so that the registrator
// keeps it.
func describe(instance string) registrator.Service {
	return registrator.Service{
		Name:     "reports",
		Paths:    []string{"/reports"},
		Instance: instance,
		Plugins: []registrator.Plugin{
			{Name: "key-auth", Config: map[string]any{"run_on_preflight": true, "hide_credentials": true}},
			{Name: "acl", Config: map[string]any{"allow": []string{"staff"}, "hide_groups_header": false}},
		},
	}
}

// secure returns the provider of the identity and the chain.
func secure(peers []string) (*kong.Provider, *core.SecurityChain, error) {
	consumers := kong.New(kong.Config{Peers: peers, Groups: true})
	chain, err := core.NewSecurityChain(consumers)
	return consumers, chain, err
}

func routes(chain *core.SecurityChain) http.Handler {
	sec := nethttp.New(chain)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reports", sec.Secured(report))
	mux.HandleFunc("OPTIONS /reports", sec.Secured(report))
	mux.HandleFunc("DELETE /reports", sec.With(core.RequireRoles("admin")).Secured(report))
	return mux
}

func report(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = fmt.Fprintf(w, "%s, %s", auth.Username(), strings.Join(auth.Roles(), " and "))
}

// run serves on listener until ctx ends.
func run(ctx context.Context, listener net.Listener, instance, proxy string, peers []string) error {
	consumers, chain, err := secure(peers)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: routes(chain), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }() // answers 503 until the registration has been checked

	err = serve(ctx, consumers, describe(instance), proxy+"/reports", failed)
	deadline, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	return errors.Join(err, server.Shutdown(deadline))
}

// serve registers the service until ctx ends or the server fails. The provider believes the headers once the gateway asks for an
// API key.
func serve(ctx context.Context, consumers *kong.Provider, service registrator.Service, url string, failed <-chan error) error {
	gateway, err := registrator.NewKong("", registrator.Config{Timeout: 30 * time.Second})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	left, err := gateway.Start(ctx, service)
	if err != nil {
		return err
	}
	if err = waitForPlugins(ctx, url); err == nil {
		err = consumers.CheckRegistration(service.PluginConfigs())
	}
	if err == nil {
		select {
		case err = <-failed:
		case <-ctx.Done():
		}
	}
	cancel()
	return errors.Join(err, <-left)
}

// waitForPlugins waits until the route is live and the gateway itself refuses ten requests in a row that have no API key.
func waitForPlugins(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := registrator.WaitLive(ctx, url); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // each connection may reach another worker
	for refused := 0; refused < 10; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("the gateway does not refuse requests without an API key: %w", err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		byGateway := response.Header.Get("X-Kong-Response-Latency") != "" // another instance of the service may answer 401, too
		if refused++; response.StatusCode != http.StatusUnauthorized || !byGateway {
			refused = 0
			time.Sleep(100 * time.Millisecond)
		}
	}
	return nil
}
