package main

import (
	"net/http"

	"github.com/labstack/echo/v5"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

func onEchoV5() []*stack {
	return newer("echo v5", echoV5With(constantV5, nil), echoV5With(constantV5, passOnV5), ourEchoV5)
}

// echoV5With returns a server with a middleware on the route, as in the stacks of Echo v4.
func echoV5With(h echo.HandlerFunc, m echo.MiddlewareFunc) func(*issuer) (server, error) {
	return func(*issuer) (server, error) {
		e := echo.New()
		if m == nil {
			e.GET("/hello", h)
		} else {
			e.GET("/hello", h, m)
		}
		return handler{e}, nil
	}
}

func constantV5(c *echo.Context) error { return c.String(http.StatusOK, subject) }

func passOnV5(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error { return next(c) }
}

func ourEchoV5(i *issuer) (server, error) {
	c, err := chain(i, 0)
	if err != nil {
		return nil, err
	}
	return echoV5With(func(c *echo.Context) error {
		auth, _ := core.AuthFrom(c.Request().Context())
		return c.String(http.StatusOK, auth.Subject())
	}, echosec.New(c).Middleware)(i)
}
