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
	"github.com/microkubes/microkubes-go/core/audit"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
	"github.com/microkubes/microkubes-go/registrator"
)

func main() {
	addr := flag.String("addr", env("LISTEN_ADDR", ":8080"), "address to listen on")
	keysDir := flag.String("keys", env("KEYS_DIR", "./keys"), "directory with the public keys of the platform")
	issuer := flag.String("issuer", env("JWT_ISSUER", "Microkubes JWT Authority"), "issuer of users' tokens")
	server := flag.String("oauth2", env("OAUTH2_ISSUER", "Microkubes Authorization Server"), "issuer of access tokens")
	host := flag.String("host", env("SERVICE_HOST", "127.0.0.1"), "host or address by which the gateway reaches this process")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *addr, *host, *keysDir, *issuer, *server)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// env returns the environment variable name, or fallback if it is not set or empty.
func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// run serves until ctx ends. It serves no request before the service is registered on its gateway.
func run(ctx context.Context, addr, host, keysDir, issuer, oauth2Issuer string) error {
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
	server, watched := routes(chain)
	if err := check(watched); err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	if err := fibersec.Prepare(server); err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	left, err := register(ctx, net.JoinHostPort(host, port(listener)))
	if err != nil {
		return fmt.Errorf("hello-service cannot start: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Listener(listener) }()
	log.Printf("hello-service listens on %s", listener.Addr())

	select {
	case err := <-done:
		cancel()
		return errors.Join(fmt.Errorf("hello-service stopped: %w", err), <-left)
	case <-ctx.Done():
	}
	if err := <-left; err != nil {
		log.Print(err) // the gateway may keep sending requests here: a health check of its upstream would end that
	}
	time.Sleep(drain)
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = server.ShutdownWithContext(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("hello-service stopped with requests still running")
	}
	return err
}

// drain is how long the service keeps serving after it has deregistered, since the gateway's workers may still send requests.
const drain = time.Second

// paths are those that the gateway publishes.
var paths = []string{"/healthcheck", "/hello", "/orders", "/admin"}

// check logs what guards each route. It returns an error for a route without a decision, and for one that the gateway does not
// publish.
func check(watched *audit.Audit) error {
	report := watched.Report().Behind([]audit.Published{{Paths: paths}})
	log.Printf("hello-service has these routes:\n%sIts scopes: %v", report, report.Scopes())
	return report.Err()
}

// register registers this process on the gateway that API_GATEWAY_URL names, and keeps it registered until ctx ends. When the
// process has been deregistered, the channel left gets nil, or the error if that failed.
func register(ctx context.Context, instance string) (left <-chan error, err error) {
	gateway, err := registrator.NewKong("", registrator.Config{Timeout: 30 * time.Second})
	if err != nil {
		return nil, err
	}
	return gateway.Start(ctx, registrator.Service{
		Name:     "hello-service",
		Paths:    paths,
		Instance: instance,
	})
}

// port returns the port that listener listens on.
func port(listener net.Listener) string {
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // the address of a TCP listener has a port
	return port
}

func routes(chain *core.SecurityChain) (*fiber.App, *audit.Audit) {
	sec := fibersec.New(chain)
	app := fiber.New(config)
	admin := app.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
	admin.Get("/report", report)

	app.Get("/healthcheck", sec.Secured(health))
	app.Get("/hello", sec.Secured(hello))
	app.Post("/orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	return app, fibersec.Watch(app)
}

var config = fiber.Config{ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute, DisableStartupMessage: true}

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
