package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v5"
	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

func serve(chain *core.SecurityChain) (addr string, stop func(), err error) {
	sec := echosec.New(chain)
	e := echo.New()
	e.GET("/hello", sec.Secured(func(c *echo.Context) error {
		auth, _ := core.AuthFrom(c.Request().Context())
		return c.String(http.StatusOK, "Hello "+auth.Username())
	}))
	server := httptest.NewServer(e)
	return server.Listener.Addr().String(), server.Close, nil
}
