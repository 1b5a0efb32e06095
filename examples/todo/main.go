// Command todo is a complete small service to copy: todos of organizations in SQLite, behind a gateway, with a web page.
// It starts an issuer and a gateway for a demonstration, too: see README.md.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	database := flag.String("db", ":memory:", "file of the database; it is made if it does not exist")
	aclFile := flag.String("acl", "", "file with policies, in place of the built-in acl.json")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := demonstrate(ctx, os.Stdout, *database, *aclFile)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// demonstrate runs the service between an issuer and a gateway of its own until ctx ends.
func demonstrate(ctx context.Context, out io.Writer, database, aclFile string) error {
	d, err := startDemo(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	return run(ctx, settings{d.issuer.URL, d.gateway.AdminURL(), database, aclFile, nil}, func() { d.invite(out) })
}

// settings is what differs from one place to another.
type settings struct {
	issuer, gateway   string // URLs
	database, aclFile string
	logger            *slog.Logger // nil: slog.Default
}

// run runs the service until ctx ends. It calls ready when the service serves.
func run(ctx context.Context, s settings, ready func()) error {
	store, err := openStore(ctx, s.database)
	if err != nil {
		return err
	}
	defer store.Close()
	policies, err := openPolicies(s.aclFile)
	if err != nil {
		return err
	}
	defer policies.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config := service.Config{
		Name:       "todo",
		Paths:      paths,
		Policy:     policy(s.issuer, policies),
		Listener:   listener,
		GatewayURL: s.gateway,
		Linger:     -1, // the gateway of the demonstration knows at once
		Logger:     s.logger,
	}
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, config, func(app *service.App) (service.Server, error) {
			mux := routes(app.Chain, &api{store, policies})
			return service.HTTP(mux), app.Check(nethttp.Watch(mux))
		})
	}()
	if serves(ctx, listener.Addr().String()) {
		ready()
	}
	return <-ended
}

// serves waits until the service answers: a connection waits until the service serves, and is closed if it does not start.
func serves(ctx context.Context, addr string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthcheck", nil)
	if err != nil {
		return false
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
