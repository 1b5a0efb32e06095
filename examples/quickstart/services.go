package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// service is the hello service on one framework.
type service struct {
	framework string
	path      string // the path prefix on the gateway
	addr      string
	stop      func()
}

type services []service

// serveAll serves the same routes on each framework, on free ports of the loopback interface.
func serveAll(chain *core.SecurityChain) (services, error) {
	var all services
	for _, s := range []struct {
		framework, path string
		serve           func(*core.SecurityChain, net.Listener) (stop func())
	}{
		{"net/http", "/nethttp", onNetHTTP}, {"Echo", "/echo", onEcho}, {"Fiber", "/fiber", onFiber},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			all.stop()
			return nil, fmt.Errorf("no port could be had on the loopback interface: %w", err)
		}
		all = append(all, service{s.framework, s.path, listener.Addr().String(), s.serve(chain, listener)})
	}
	return all, nil
}

func (all services) stop() {
	for _, s := range all {
		s.stop()
	}
}

// greeting is the business logic of the service. It does not depend on a framework: the identity is in the context.
func greeting(ctx context.Context) string {
	auth, ok := core.AuthFrom(ctx)
	if !ok {
		return "Hello stranger"
	}
	return "Hello " + auth.Username()
}

func onNetHTTP(chain *core.SecurityChain, listener net.Listener) func() {
	sec := nethttp.New(chain)
	hello := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, greeting(r.Context())) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", sec.Secured(hello))
	mux.HandleFunc("GET /orders", sec.With(core.RequireScopes("orders:read")).Secured(hello))
	mux.HandleFunc("GET /public/{page}", sec.Secured(hello))
	mux.HandleFunc("GET /marked", sec.Public(hello))
	mux.HandleFunc("GET /{page}", sec.Secured(hello))
	return serveHTTP(mux, listener)
}

func onEcho(chain *core.SecurityChain, listener net.Listener) func() {
	sec := echosec.New(chain)
	hello := func(c echo.Context) error { return c.String(http.StatusOK, greeting(c.Request().Context())) }
	e := echo.New()
	e.Match([]string{http.MethodGet, http.MethodHead}, "/hello", sec.Secured(hello)) // Echo's GET does not serve HEAD
	e.GET("/orders", sec.With(core.RequireScopes("orders:read")).Secured(hello))
	e.GET("/public/:page", sec.Secured(hello))
	e.GET("/marked", sec.Public(hello))
	e.GET("/:page", sec.Secured(hello))
	return serveHTTP(e, listener)
}

func onFiber(chain *core.SecurityChain, listener net.Listener) func() {
	sec := fibersec.New(chain)
	hello := func(c *fiber.Ctx) error { return c.SendString(greeting(c.UserContext())) }
	app := fiber.New(fiber.Config{ReadTimeout: 5 * time.Second, DisableStartupMessage: true})
	if err := fibersec.Prepare(app); err != nil {
		panic(err) // the configuration above is wrong
	}
	app.Get("/hello", sec.Secured(hello))
	app.Get("/orders", sec.With(core.RequireScopes("orders:read")).Secured(hello))
	app.Get("/public/:page", sec.Secured(hello))
	app.Get("/marked", sec.Public(hello))
	app.Get("/:page", sec.Secured(hello))
	go func() { _ = app.Listener(listener) }()
	return func() { _ = app.ShutdownWithTimeout(time.Second) }
}

func serveHTTP(h http.Handler, listener net.Listener) func() {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Println("a service stopped by itself:", err)
		}
	}()
	return func() { _ = server.Close() }
}
