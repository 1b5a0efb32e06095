package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// App is what the function that makes the routes gets.
type App struct {
	// Chain is the policy of the service, for the New function of an adapter.
	Chain *core.SecurityChain
	// Logger is that of the Config.
	Logger *slog.Logger

	ctx       context.Context
	endpoints *endpoints
}

// Context returns a context that ends when the service is told to stop. It is for what is done before the service serves, such
// as connecting to a database.
func (a *App) Context() context.Context { return a.ctx }

// Check returns an error that names each route that nobody has decided on, and each route that a health or version endpoint of
// the service hides. Without Check, an endpoint takes the place of such a route silently. It also fails if there is no route at
// all, since the audit then watches another router. Call Check when all routes are there:
//
//	routes := echosec.Watch(e)
//	// add the routes
//	return service.HTTP(e), app.Check(routes)
func (a *App) Check(routes *audit.Audit) error {
	if routes == nil {
		return errors.New("the audit is nil: make it with the Watch function of the adapter")
	}
	report := routes.Report()
	if len(report.Routes) == 0 {
		return errors.New("there are no routes to check: call Watch for the router that the routes are added to")
	}
	err := report.Err()
	for _, r := range report.Routes {
		if a.endpoints.hides(r.Method, r.Path) {
			err = errors.Join(err, fmt.Errorf("the route %s %s is hidden by an endpoint of the service: remove the route, "+
				"or change Config.HealthPath or Config.VersionPath", r.Method, r.Path))
		}
	}
	return err
}
