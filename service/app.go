package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/audit"
)

// App is what the function that makes the routes gets. A test of that function makes one with a Chain alone.
type App struct {
	// Chain is the policy of the service, for the New function of an adapter.
	Chain *core.SecurityChain
	// Policies is the section acl of the configuration file, for checks that need more than the request. Nil: there is none.
	Policies *acl.Policies
	// Logger is that of the Config.
	Logger *slog.Logger

	ctx       context.Context
	endpoints *endpoints
	published *audit.Published // nil: there is no gateway
	checked   bool             // Check was called
}

// Context returns a context that ends when the service is told to stop. It is for what is done before the service serves, such
// as connecting to a database, and for handlers whose answers are streams: they end them then, or else the service waits for them
// until the time to stop ends, closes their connections, and ends with [ErrStop].
func (a *App) Context() context.Context {
	if a.ctx == nil {
		return context.Background()
	}
	return a.ctx
}

// Check returns an error that names each route that nobody has decided on, what differs between the routes and what Config.Paths
// publishes on the gateway, and each route that a health or version endpoint of the service hides. Without Check, an endpoint
// takes the place of such a route silently. Check also fails if there is no route at all, since the audit then watches another
// router. internal has the paths of routes that clients do not reach through the gateway on purpose: see [audit.Report.Behind].
// Call Check when all routes are there:
//
//	routes := echosec.Watch(e)
//	// add the routes
//	return service.HTTP(e), app.Check(routes)
func (a *App) Check(routes *audit.Audit, internal ...string) error {
	a.checked = true
	if routes == nil {
		return errors.New("the audit is nil: make it with the Watch function of the adapter")
	}
	report := routes.Report()
	if len(report.Routes) == 0 {
		return errors.New("there are no routes to check: call Watch for the router that the routes are added to")
	}
	hidden := a.hidden(report)
	if a.published != nil {
		report.Routes = slices.Concat(report.Routes, a.publishedEndpoints())
		report = report.Behind([]audit.Published{*a.published}, internal...)
	}
	return errors.Join(report.Err(), hidden)
}

// hidden returns an error for the routes that an endpoint hides.
func (a *App) hidden(report audit.Report) (err error) {
	for _, r := range report.Routes {
		if a.endpoints.hides(r.Method, r.Path) {
			err = errors.Join(err, fmt.Errorf("the route %s %s is hidden by an endpoint of the service: remove the route, "+
				"or change Config.HealthPath or Config.VersionPath", r.Method, r.Path))
		}
	}
	return err
}

// publishedEndpoints returns those endpoints that the gateway publishes. They are routes for the audit. The others are internal.
func (a *App) publishedEndpoints() (routes []audit.Route) {
	for _, path := range a.endpoints.paths() {
		r := audit.NewRoute("", http.MethodGet, path)
		r.Decision, r.Remedy = audit.Public, ""
		findings := audit.Report{Routes: []audit.Route{r}}.Behind([]audit.Published{*a.published}).Findings
		if !slices.ContainsFunc(findings, func(f audit.Finding) bool { return f.Kind == audit.Unreached }) {
			routes = append(routes, r)
		}
	}
	return routes
}

// published returns what the gateway publishes, for an audit. It is nil without a gateway.
func (c Config) published() *audit.Published {
	if c.WithoutGateway {
		return nil
	}
	p := &audit.Published{
		Paths: c.Paths, Hosts: c.Registration.Hosts, Methods: c.Registration.Methods, StripPath: c.Registration.StripPath,
	}
	if !c.Registration.PreserveHost {
		p.ServiceHost = c.Registration.Host // an instance sees its own address there, for which nobody writes a route
	}
	return p
}
