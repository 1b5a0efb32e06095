package main

import (
	"net/http"

	golangjwt "github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/core"
)

func onEcho() []*stack {
	all := []*stack{
		{name: "bare", kind: bare, build: echoWith(constant, nil)},
		{name: "no-op", kind: noop, note: "a middleware that only calls the next handler", build: echoWith(constant, passOn)},
		{name: "ours", kind: ours, build: ourEcho(0)},
		{name: "ours, no cache", kind: uncached, build: ourEcho(cacheOff)},
		{name: "echo-jwt", kind: peer, build: echoJWT, note: "signing method and key; MapClaims, its default; it has no " +
			"options for issuer and audience"},
	}
	for _, s := range all {
		s.framework = "echo"
	}
	return all
}

// echoWith returns a server with a middleware on the route, as in all stacks of Echo.
func echoWith(h echo.HandlerFunc, m echo.MiddlewareFunc) func(*issuer) (server, error) {
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

func constant(c echo.Context) error { return c.String(http.StatusOK, subject) }

func passOn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error { return next(c) }
}

func ourEcho(size int) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		c, err := chain(i, size)
		if err != nil {
			return nil, err
		}
		return echoWith(func(c echo.Context) error {
			auth, _ := core.AuthFrom(c.Request().Context())
			return c.String(http.StatusOK, auth.Subject())
		}, echosec.New(c).Middleware)(i)
	}
}

func echoJWT(i *issuer) (server, error) {
	middleware := echojwt.WithConfig(echojwt.Config{SigningKey: i.public, SigningMethod: i.alg})
	return echoWith(func(c echo.Context) error {
		token, _ := c.Get("user").(*golangjwt.Token)
		claims, _ := token.Claims.(golangjwt.MapClaims)
		sub, _ := claims["sub"].(string)
		return c.String(http.StatusOK, sub)
	}, middleware)(i)
}
