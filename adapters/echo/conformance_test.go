package echosec_test

import (
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Harness{Name: "echosec", Serve: serve})
}

func serve(app conformance.App) (string, func(), error) {
	e := echo.New()
	if app.Front != nil {
		e.Use(front(app))
	}
	if app.Chain != nil {
		e.Use(echosec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		mount(e, r, handler(r.Handle))
	}
	server := httptest.NewServer(e)
	return server.Listener.Addr().String(), server.Close, nil
}

func mount(e *echo.Echo, r conformance.Route, h echo.HandlerFunc) {
	if r.Guard == conformance.Bare {
		e.Add(r.Method, r.ColonPath(), h)
		return
	}
	sec := echosec.New(r.Chain).With(r.With...)
	switch r.Guard {
	case conformance.Public:
		e.Add(r.Method, r.ColonPath(), sec.Public(h))
	case conformance.Grouped:
		e.Group("", sec.Middleware).Add(r.Method, r.ColonPath(), h)
	default:
		e.Add(r.Method, r.ColonPath(), sec.Secured(h))
	}
}

func handler(h conformance.Handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		h(c.Request().Context(), c.Request().Header.Get).WriteTo(c.Response())
		return nil
	}
}

func front(app conformance.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, reply := app.Front(c.Request().Context(), c.Request().Header.Get)
			if reply.WriteTo(c.Response()) {
				return nil
			}
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}
