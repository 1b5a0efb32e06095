// Command keycloak is a service whose users log in at Keycloak. README.md beside this file runs both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8081", "address to listen on")
	realm := flag.String("realm", "http://localhost:8080/realms/main", "URL of the realm")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *addr, *realm)
	stop()
	if err != nil {
		log.Fatal("orders: ", err)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addr, realm string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	provider, err := oidc.New(ctx, oidc.Keycloak(realm, "orders"))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer provider.Close()
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), provider)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: routes(chain), ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	log.Printf("orders listens on %s", listener.Addr())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(deadline)
}

func routes(chain *core.SecurityChain) http.Handler {
	sec := nethttp.New(chain)
	admin := sec.With(core.RequireRoles("admin"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthcheck", sec.Secured(health))
	mux.HandleFunc("GET /hello", sec.Secured(hello))
	mux.HandleFunc("GET /admin", admin.Secured(hello))
	return mux
}

func health(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "OK") }

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = fmt.Fprintf(w, "Hello %s, your roles are %q\n", auth.Username(), auth.Roles())
}
