// Command quickstart shows the main use of the library in one command, without any set-up: services that register themselves on
// their gateway, with one security policy on net/http, Echo and Fiber, and the same verdict from each.
//
// It makes a throw-away issuer and a directory with its public key, starts a Kong in this process, and serves the same
// service on the three frameworks on loopback. Each registers with the gateway. Then it sends good and bad requests
// through the gateway, prints the answer of each service beside the expected one, and serves until it is interrupted. With
// -check it ends after the table, and fails if an answer is not the expected one.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

func main() {
	check := flag.Bool("check", false, "end after the table; fail when an answer is not the expected one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *check)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, checkOnly bool) error {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, done, err := policy(issuer)
	if err != nil {
		return err
	}
	defer done()
	services, err := serveAll(chain)
	if err != nil {
		return err
	}
	defer services.stop()
	gateway, err := startGateway()
	if err != nil {
		return err
	}
	defer gateway.Close()
	if err := gateway.register(ctx, out, services); err != nil {
		return err
	}

	fmt.Fprintf(out, "\nOne policy, three frameworks. The requests go through the gateway, and each answer is compared\n"+
		"with the one written in the example.\n\n")
	wrong := services.try(out, gateway.proxy(), requests(issuer))
	switch {
	case wrong > 0:
		return fmt.Errorf("%d answers are not the expected ones", wrong)
	case checkOnly:
		return nil
	}
	services.invite(out, gateway, issuer)
	<-ctx.Done()
	return nil
}

// The issuer of OAuth2 access tokens, and the audience that they must be for.
const (
	loginServer = "https://login.example.com"
	thisService = "https://hello.example.com"
)

// policy returns the security policy of the service: the keys of the platform, the public routes, and whose tokens are accepted.
// The caller must call done when nothing uses the chain any more.
func policy(issuer *coretest.Issuer) (chain *core.SecurityChain, done func(), err error) {
	dir, err := os.MkdirTemp("", "quickstart-keys")
	if err != nil {
		return nil, nil, fmt.Errorf("quickstart needs a temporary directory: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	if err := issuer.WriteKeys(dir); err != nil {
		return nil, nil, err
	}
	store, err := keys.Dir(dir)
	if err != nil {
		return nil, nil, err
	}
	chain, err = core.NewSecurityChain(
		core.PublicRoutes("/public/**"),
		jwt.New(store, jwt.Microkubes(issuer.Name)),
		oauth2.New(store, oauth2.AccessTokens(loginServer, thisService)),
	)
	if err != nil {
		return nil, nil, err
	}
	quiet := slog.New(slog.DiscardHandler) // the refusals below are expected; their log records would hide the table
	return chain.WithLogger(quiet), func() { _ = store.Close(); _ = os.RemoveAll(dir) }, nil
}
