// Command hello is the example service in Flask, in Go.
package main

import (
	"net/http"

	"github.com/labstack/echo/v4"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{
		Name:   "hello-service",
		Paths:  []string{"/"},
		Policy: service.Microkubes("./keys"),
	}, func(app *service.App) (service.Server, error) {
		sec := echosec.New(app.Chain)
		e := echo.New()
		routes := echosec.Watch(e)
		e.GET("/hello", sec.Public(hello))
		return service.HTTP(e), app.Check(routes)
	})
}

func hello(c echo.Context) error {
	return c.String(http.StatusOK, "Hello from Go service on Microkubes")
}
