package browser_test

import (
	"net/http"

	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
)

// echoV5 is Echo v5 with its own CORS middleware.
func echoV5(s *service) http.Handler {
	e := echo.New()
	sec := echosec.New(s.chain)
	config := echomiddleware.CORSConfig{
		AllowOrigins: s.origins, AllowCredentials: s.credentials, ExposeHeaders: s.exposed, MaxAge: maxAge,
	}
	if s.allow != nil {
		config.UnsafeAllowOriginFunc = func(_ *echo.Context, origin string) (string, bool, error) { return origin, s.allow(origin), nil }
	}
	cors := echomiddleware.CORSWithConfig(config)
	var routes []echo.MiddlewareFunc
	switch s.place {
	case inFront:
		e.Use(cors, sec.Middleware)
	case inFrontOfRoutes:
		e.Use(cors)
		routes = []echo.MiddlewareFunc{sec.Middleware}
	case behind, behindOpen:
		e.Use(sec.Middleware, cors)
	case onRoutes:
		routes = []echo.MiddlewareFunc{cors, sec.Middleware}
	}
	e.GET("/hello", echo.WrapHandler(http.HandlerFunc(hello)), routes...)
	e.GET("/public", echo.WrapHandler(http.HandlerFunc(public)), routes...)
	takeOrder := echo.WrapHandler(http.HandlerFunc(s.takeOrder))
	e.POST("/orders", sec.Then(core.RequireScopes("orders:write")).Secured(takeOrder), routes...)
	e.POST("/drafts", takeOrder, routes...)
	return e
}
