// Package echov5 is a service on Echo v5.
package echov5

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

// New returns the service.
func New(chain *core.SecurityChain) *echo.Echo {
	sec := echosec.New(chain)
	orders := sec.Then(core.RequireScopes("orders:write"))

	e := echo.New()
	e.HTTPErrorHandler = onError
	e.Pre(middleware.MethodOverride())
	e.Use(
		middleware.Recover(),
		middleware.CORSWithConfig(middleware.CORSConfig{AllowOrigins: []string{"https://app.example.com"}}),
		sec.Middleware,
	)
	e.GET("/healthcheck", func(c *echo.Context) error { return c.String(http.StatusOK, "ok") })
	e.GET("/hello", hello)
	e.POST("/orders", orders.Secured(create))
	return e
}

// onError answers errors of handlers. It does not see the refusals of the chain, which are sent already.
func onError(c *echo.Context, err error) {
	if r, _ := echo.UnwrapResponse(c.Response()); r != nil && r.Committed {
		return
	}
	status := http.StatusInternalServerError
	if found := echo.HTTPStatusCoder(nil); errors.As(err, &found) { // HTTPError, and the constants as echo.ErrNotFound
		status = found.StatusCode()
	}
	slog.InfoContext(c.Request().Context(), "request failed", "status", status)
	_ = c.String(status, http.StatusText(status))
}

func hello(c *echo.Context) error {
	return c.String(http.StatusOK, greeting(c.Request().Context()))
}

func create(c *echo.Context) error {
	auth, _ := echosec.Auth(c)
	return c.String(http.StatusCreated, "created by "+auth.Username())
}

// greeting is in a layer that knows no framework.
func greeting(ctx context.Context) string {
	auth, _ := core.AuthFrom(ctx)
	return "hello " + auth.Username()
}
