package fibersec

import (
	"slices"
	"sync"

	"github.com/gofiber/fiber/v3"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/routes"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/audit"
)

// Watch returns an audit of the routes of app, whether they are added before or after, with those of mounted apps. Watch the app
// that listens. The audit only reads: it does not start the app.
//
// The audit recognizes what Secured and Public return, and Middleware of a Security. A guard inside another function is not
// found. Neither is one of app.Domain, whose handlers Fiber wraps: put the guard in front, in a Use or a Group.
//
// Fiber runs handlers in the order in which they were added. So a guard counts for a route if it stands in front of the
// handler, or was added before the route, by Use, by Group or as a route, for each path of the route. A guard for "/admin" does
// not count for "/:page", nor one of a mounted app for routes outside that app. Paths such as "/:from-:to" are compared only as a
// whole.
//
// A function that Use or Group adds may answer requests, as one that serves files does, and the audit cannot know. So such a
// function is listed like a route, and is undecided if no guard stands in front of it. A route is undecided, too, if one of its
// handlers stands in front of its guard. Middleware of Fiber that only passes requests on or refuses them, such as cors, helmet,
// limiter, logger, recover and requestid, may stand anywhere. For a function of your own there are two ways:
//
//	app.Use(sec.Middleware, timing)             // behind the guard
//	app.Use(sec.Public(timing), sec.Middleware) // in front of it on purpose, for every request
//
// Public opens that function alone. The routes behind it need guards of their own.
//
// A route for HEAD is listed if it lets more requests pass than the route for GET. The audit relies on [Prepare]. It does not see
// where a function sends a request by changing its path or method, but such a function is listed itself if it stands in front of
// a guard. Since Fiber by default ignores the case of a path and a slash at its end, a pattern of [core.PublicRoutes] opens a
// route only in part.
func Watch(app *fiber.App) *audit.Audit {
	return audit.New(func() []audit.Route { return routes.List(appOf(app, 0)) })
}

// maxMounts bounds how deep apps are mounted in each other, since an app may be mounted in itself by mistake.
const maxMounts = 32

// appOf returns the app as it is now. Fiber puts the routes of mounted apps into the lists of the app only when the app starts.
func appOf(app *fiber.App, depth int) *routes.App {
	config := app.Config()
	a := &routes.App{Methods: config.RequestMethods, CaseSensitive: config.CaseSensitive, StrictRouting: config.StrictRouting}
	stacks := app.Stack()
	if !config.DisableHeadAutoRegister {
		stacks = withHead(config.RequestMethods, stacks)
	}
	for _, stack := range stacks {
		var entries []routes.Entry
		for _, r := range stack {
			entries = append(entries, entryOf(r, depth))
		}
		a.Stacks = append(a.Stacks, entries)
	}
	return a
}

// entryOf returns an entry of a list. If a version of Fiber keeps it in another way, it counts as a route for its path alone.
func entryOf(r *fiber.Route, depth int) routes.Entry {
	flags, _ := routes.FlagsOf(r)
	e := routes.Entry{Path: r.Path, Params: len(r.Params) > 0, Use: flags.Use, Star: flags.Star}
	if flags.Mounted != nil && depth < maxMounts {
		e.Mounted = appOf((*fiber.App)(flags.Mounted), depth+1)
	}
	for _, h := range r.Handlers {
		e.Handlers = append(e.Handlers, handlerOf(h))
	}
	return e
}

// withHead returns the lists of an app with the routes for HEAD that Fiber adds for those for GET when the app starts. They stand
// at the end, behind what Use has added meanwhile.
func withHead(methods []string, stacks [][]*fiber.Route) [][]*fiber.Route {
	get, head := slices.Index(methods, fiber.MethodGet), slices.Index(methods, fiber.MethodHead)
	if get < 0 || head < 0 {
		return stacks
	}
	known := map[string]bool{}
	for _, r := range stacks[head] {
		if flags, _ := routes.FlagsOf(r); !flags.Use && !flags.Mount {
			known[flags.Path] = true
		}
	}
	all := slices.Clone(stacks[head])
	for _, r := range stacks[get] {
		if flags, _ := routes.FlagsOf(r); !flags.Use && !flags.Mount && !known[flags.Path] {
			known[flags.Path] = true
			all = append(all, r)
		}
	}
	stacks = slices.Clone(stacks)
	stacks[head] = all
	return stacks
}

// handlerOf asks the guards around a function for their chains. It calls no function of the service.
func handlerOf(h fiber.Handler) (found routes.Handler) {
	for {
		code := routes.Code(h)
		if code != guardCode() && code != middlewareCode() {
			found.Answers = !routes.Forwards(code, "github.com/gofiber/fiber/v3")
			return found
		}
		chain, next := ask(h)
		found.Chains = append(found.Chains, chain)
		if code == middlewareCode() {
			return found
		}
		h = next
	}
}

// probe is a context that a guard answers with its chain and its handler, instead of serving a request.
type probe struct {
	fiber.Ctx
	chain *core.SecurityChain
	next  fiber.Handler
}

// ask returns the chain and the handler of a guard.
func ask(guard fiber.Handler) (chain *core.SecurityChain, next fiber.Handler) {
	var p probe
	_ = guard(&p) // it cannot fail
	return p.chain, p.next
}

var (
	guardCode      = sync.OnceValue(func() uintptr { return routes.Code(guarded(nil, nil)) })
	middlewareCode = sync.OnceValue(func() uintptr { return routes.Code((*Security)(nil).Middleware) })
)
