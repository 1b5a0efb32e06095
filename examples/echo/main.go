// Command echo is the hello service on Echo.
package main

import (
	"net/http"

	"github.com/labstack/echo/v4"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{
		Name:   "hello-service",
		Paths:  []string{"/healthcheck", "/hello", "/orders", "/admin"},
		Policy: service.Microkubes(""), // KEYS_DIR, or ./keys
	}, routes)
}

func routes(app *service.App) (service.Server, error) {
	sec := echosec.New(app.Chain)
	e := echo.New()
	watched := echosec.Watch(e)
	admin := e.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
	admin.GET("/report", report)

	e.GET("/hello", sec.Secured(hello))
	e.POST("/orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	return service.HTTP(e), app.Check(watched)
}

func hello(c echo.Context) error {
	auth, _ := core.AuthFrom(c.Request().Context())
	return c.String(http.StatusOK, "Hello "+auth.Username()+" from Echo service on Microkubes")
}

func create(c echo.Context) error {
	auth, _ := core.AuthFrom(c.Request().Context())
	return c.String(http.StatusOK, "Order of "+auth.Username()+" taken")
}

func report(c echo.Context) error {
	return c.String(http.StatusOK, "Report for admins")
}
