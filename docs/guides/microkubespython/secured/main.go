// Command secured is the Flask service with a full security chain, in Go.
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
		Paths:  []string{"/"},
		Policy: service.Microkubes("./keys"), // tokens of the jwt-issuer and of the authorization-server
	}, func(app *service.App) (service.Server, error) {
		sec := echosec.New(app.Chain)
		e := echo.New()
		routes := echosec.Watch(e)
		e.GET("/hello", sec.Secured(hello))
		return service.HTTP(e), app.Check(routes)
	})
}

func hello(c echo.Context) error {
	auth, _ := core.AuthFrom(c.Request().Context())
	return c.String(http.StatusOK, "Hello "+auth.Username()+" from Go service on Microkubes")
}
