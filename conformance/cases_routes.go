package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

// routeCases are about the ways to put a chain in front of handlers.
func routeCases() []Case {
	return slices.Concat(openRouteCases(), optionalRouteCases(), groupCases())
}

// openRouteCases are about public routes.
func openRouteCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		row("routes/public", "core.SecurityChain.Public",
			"Public returns a copy for routes that are open on purpose: it skips the base chain, and the handler "+
				"finds no Auth, even if a good token was sent.",
			"A client with an expired token cannot even reach the login page or the health check.", protectedPath|publicPath,
			func(w *witness) App {
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Guard: Public, Chain: chain(tokens), Handle: w.handle},
					{Method: "GET", Path: "/x", Chain: chain(tokens), Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/open", ann), servedTo(nobody)},
			step{get("/open", bearer("bad")), servedTo(nobody)}, step{get("/x"), anonymous}),
		row("routes/public-with-requirement", "core.SecurityChain.With",
			"With returns a copy of the chain that requires more: the providers run after the base chain, also on "+
				"public routes.",
			"A route that demands a scope is open to everybody because its path is on a list.", ownRoutes,
			func(w *witness) App {
				with := []core.Provider{core.RequireScopes("read")}
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Guard: Public, Chain: chain(tokens), With: with, Handle: w.handle},
					{Method: "GET", Path: "/pattern", Chain: chain(core.PublicRoutes("/pattern"), tokens), With: with,
						Handle: w.handle},
					{Method: "GET", Path: "/x", Chain: chain(core.PublicRoutes("/pattern"), tokens), With: with,
						Handle: w.handle},
				}}
			},
			step{get("/open"), anonymous}, step{get("/pattern"), anonymous}, step{get("/x"), anonymous},
			step{get("/x", bearer("user:ann:read")), servedTo("ann")}),
	}
}

// optionalRouteCases are about optional routes, other methods than GET, and bodies.
func optionalRouteCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		row("routes/optional", "core.Optional",
			"Optional opens the chain for requests without a credential: a request passes without an Auth if it has "+
				"neither an Authorization field nor a token in another place that a provider reads.",
			"Guests are locked out of open pages, or users are treated as guests without being told.", ownRoutes,
			one(chain(tokens, core.Optional())),
			step{get("/x"), servedTo(nobody)}, step{get("/x", ann), servedTo("ann")},
			step{get("/x", bearer("bad")), invalidToken}, step{get("/x", "Authorization: Bearer"), malformed},
			step{get("/x", "Authorization: Basic YTpi"), anonymous}),
		row("routes/optional-with-requirement", "core.RequireAuth",
			"RequireAuth returns a provider that refuses a request without an Auth with 401.",
			"A guest gets into the one page of an open area that needs a login.", ownRoutes,
			one(chain(tokens, core.Optional()), core.RequireAuth()),
			step{get("/x"), anonymous}, step{get("/x", ann), servedTo("ann")}),
		row("routes/real-options-route", pageContract,
			"A route for OPTIONS is guarded like any other.",
			"Middleware that lets all OPTIONS pass for browsers also lets them pass to handlers that do real "+
				"work.", libraryRule,
			func(w *witness) App {
				return App{Routes: []Route{{Method: "OPTIONS", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{get("/x").as("OPTIONS"), anonymous}, step{get("/x", ann).as("OPTIONS"), servedTo("ann")},
			step{get("/x", "Origin: http://a.test", "Access-Control-Request-Method: GET").as("OPTIONS"), anonymous}),
		row("routes/body-is-left-alone", pageContract,
			"A refusal does not need the body, and a handler finds all of it.",
			"Anybody can make the service read large bodies without a login, or a handler loses the beginning "+
				"of an upload.", ownRoutes,
			func(w *witness) App {
				return App{Routes: []Route{{Method: "POST", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{request{method: "POST", target: "/x", body: strings.Repeat("b", 2000)}, anonymous},
			step{request{method: "POST", target: "/x", headers: []string{form}, body: "access_token=user:ann"}, anonymous},
			step{request{method: "POST", target: "/x", headers: []string{ann}, body: "b"}, servedTo("ann")}),
	}
}

// groupCases are about chains for several routes: copies of a chain, groups and the whole application.
func groupCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		row("routes/then", "core.SecurityChain.Then",
			"If this chain has not let the request pass before, or let it pass without an identity, the copy answers "+
				"401: a route that is mounted outside its group is closed.",
			"A route that is moved out of its group in a later change is open, and no test notices.", ownRoutes,
			behind,
			step{get("/admin", bearer("role:ann:admin")), servedTo("ann").saying(", asked 1")},
			step{get("/plain", ann), servedTo("ann").saying(", asked 1")},
			step{get("/admin", ann), needsRole}, step{get("/admin"), anonymous}, step{get("/admin", bearer("bad")), invalidToken},
			step{get("/public"), anonymous}, step{get("/other", bearer("role:ann:admin")), anonymous}),
		row("routes/with-is-for-its-route", "core.SecurityChain",
			"With and the other methods that change a chain return a copy, so one chain serves any number of routes.",
			"A requirement of one route leaks to another one, and users are locked out depending on the order "+
				"of the code.", ownRoutes,
			func(w *witness) App {
				c := chain(tokens)
				return App{Routes: []Route{
					{Method: "GET", Path: "/strict", Chain: c, With: []core.Provider{core.RequireRoles("admin")},
						Handle: w.handle},
					{Method: "GET", Path: "/x", Chain: c, Handle: w.handle},
				}}
			},
			step{get("/strict", ann), needsRole}, step{get("/strict", bearer("role:ann:admin")), servedTo("ann")},
			step{get("/x", ann), servedTo("ann")}),
		row("routes/group", pageContract,
			"Middleware on a group guards the routes of the group, and leaves other routes alone.",
			"One route of a private area is open, or public pages demand a login.", ownRoutes,
			func(w *witness) App {
				return App{Routes: []Route{
					{Method: "GET", Path: "/group/x", Guard: Grouped, Chain: chain(tokens),
						With: []core.Provider{core.RequireRoles("admin")}, Handle: w.handle},
					{Method: "GET", Path: "/free", Guard: Bare, Handle: w.handle},
				}}
			},
			step{get("/group/x"), anonymous}, step{get("/group/x", ann), needsRole},
			step{get("/group/x", bearer("role:ann:admin")), servedTo("ann")}, step{get("/free"), servedTo(nobody)}),
		row("routes/whole-application", pageContract,
			"Middleware in front of the whole application also guards paths that have no route.",
			"The difference between 401 and 404 tells outsiders which pages exist.", libraryRule,
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open"), tokens)
				return App{Chain: c, Routes: []Route{
					{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle},
					{Method: "GET", Path: "/open", Guard: Bare, Handle: w.handle},
				}}
			},
			step{get("/x"), anonymous}, step{get("/x", ann), servedTo("ann")}, step{get("/open"), servedTo(nobody)},
			step{get("/nowhere"), anonymous}),
	}
}

const form = "Content-Type: application/x-www-form-urlencoded"

// behind returns an app with a chain in front. Its routes have chains that Then made, of that chain or of another one.
func behind(w *witness) App {
	var asked atomic.Int32
	counts := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		asked.Add(1)
		return nil
	})
	outer, other := chain(core.PublicRoutes("/public"), counts, tokens), chain(tokens)
	admin := core.RequireRoles("admin")
	app := App{Chain: outer}
	for path, c := range map[string]*core.SecurityChain{
		"/admin": outer.Then(admin), "/plain": outer.Then(), "/public": outer.Then(), "/other": other.Then(admin),
	} {
		app.Routes = append(app.Routes, Route{Method: "GET", Path: path, Chain: c,
			Handle: func(ctx context.Context, header func(string) string) Reply {
				reply := w.handle(ctx, header)
				reply.Body += fmt.Sprintf(", asked %d", asked.Swap(0))
				return reply
			}})
	}
	return app
}
