package echosec_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	"github.com/microkubes/microkubes-go/conformance"
)

var harness = conformance.Harness{Name: "echosec", Serve: serve, Timeout: time.Minute}

func TestConformance(t *testing.T) {
	conformance.Run(t, harness)
}

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
	e := echo.New()
	if app.Override != nil {
		e.Pre(middleware.MethodOverrideWithConfig(middleware.MethodOverrideConfig{
			Getter: func(c echo.Context) string { return app.Override(c.Request().Header.Get) },
		}))
	}
	e.Use(around(app))
	if app.Chain != nil {
		e.Use(echosec.New(app.Chain).Middleware)
	}
	for _, r := range app.Routes {
		mount(e, r, handler(r))
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

func handler(r conformance.Route) echo.HandlerFunc {
	if r.HTTP != nil {
		return echo.WrapHandler(r.HTTP)
	}
	return func(c echo.Context) error {
		r.Handle(c.Request().Context(), c.Request().Header.Get).WriteTo(c.Response())
		return nil
	}
}

// around is the middleware in front of everything. It passes a request on unchanged unless the suite gives it another context.
func around(app conformance.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if app.Front != nil {
				ctx, reply := app.Front(c.Request().Context(), c.Request().Header.Get)
				if reply.WriteTo(c.Response()) {
					return nil
				}
				c.SetRequest(c.Request().WithContext(ctx))
			}
			err := next(c)
			if app.Back != nil {
				app.Back(c.Request().Context(), c.Request().Pattern)
			}
			return err
		}
	}
}
