// Command fiber is the hello service on Fiber.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

func main() {
	addr := flag.String("addr", env("LISTEN_ADDR", ":8080"), "address to listen on")
	keysDir := flag.String("keys", env("KEYS_DIR", "./keys"), "directory with the public keys of the platform")
	issuer := flag.String("issuer", env("JWT_ISSUER", "Microkubes JWT Authority"), "issuer of users' tokens")
	server := flag.String("oauth2", env("OAUTH2_ISSUER", "Microkubes Authorization Server"), "issuer of access tokens")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *addr, *keysDir, *issuer, *server)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// run serves until ctx ends.
func run(ctx context.Context, addr, keysDir, issuer, oauth2Issuer string) error {
	store, err := keys.Dir(keysDir)
	if err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	defer store.Close()
	chain, err := core.NewSecurityChain(
		core.PublicRoutes("/healthcheck"),
		jwt.New(store, jwt.Microkubes(issuer)),
		oauth2.New(store, oauth2.Microkubes(oauth2Issuer)),
	)
	if err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}

	server := routes(chain)
	if err := fibersec.Check(server); err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Listener(listener) }()
	log.Printf("hello-service listens on %s", listener.Addr())

	select {
	case err := <-done:
		return fmt.Errorf("hello-service stopped: %w", err)
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = server.ShutdownWithContext(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("hello-service stopped with requests still running")
	}
	return err
}

func routes(chain *core.SecurityChain) *fiber.App {
	sec := fibersec.New(chain)
	app := fiber.New(config)
	app.Server().SecureErrorLogMessage = true
	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
	admin.Get("/report", report)

	app.Get("/healthcheck", sec.Secured(health))
	app.Get("/hello", sec.Secured(hello))
	app.Post("/orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	return app
}

// config leaves room for long tokens: Fiber's default answers them with 431.
var config = fiber.Config{
	ReadBufferSize: fibersec.ReadBufferSize, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute,
	DisableStartupMessage: true,
}

func health(c *fiber.Ctx) error {
	return c.SendString("OK")
}

func hello(c *fiber.Ctx) error {
	auth, _ := core.AuthFrom(c.UserContext())
	return c.SendString("Hello " + auth.Username() + " from Fiber service on Microkubes")
}

func create(c *fiber.Ctx) error {
	auth, _ := core.AuthFrom(c.UserContext())
	return c.SendString("Order of " + auth.Username() + " taken")
}

func report(c *fiber.Ctx) error {
	return c.SendString("Report for admins")
}
