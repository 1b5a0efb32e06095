package conformance

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

// routeCases are about how a chain is put in front of handlers.
func routeCases() []Case {
	ann := bearer("user:ann")
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "routes/" + name, Rule: rule, Page: pageChain, app: app, try: steps(all...)}
	}
	return []Case{
		row("public", "Public: open on purpose, without an Auth, also when a good token was sent.",
			func(w *witness) App {
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Guard: Public, Chain: chain(tokens), Handle: w.handle},
					{Method: "GET", Path: "/x", Chain: chain(tokens), Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/open", ann), servedTo(nobody)},
			step{get("/open", bearer("bad")), servedTo(nobody)}, step{get("/x"), anonymous}),
		row("public-with-requirement", "Providers added by With run on public routes too.",
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
		row("optional", "Optional: a request that brings no credential passes, without an Auth. Any other must be authenticated.",
			one(chain(tokens, core.Optional())),
			step{get("/x"), servedTo(nobody)}, step{get("/x", ann), servedTo("ann")},
			step{get("/x", bearer("bad")), invalidToken}, step{get("/x", "Authorization: Bearer"), malformed},
			step{get("/x", "Authorization: Basic YTpi"), anonymous}),
		row("optional-with-requirement", "A requirement without an Auth is 401.",
			one(chain(tokens, core.Optional()), core.RequireAuth()),
			step{get("/x"), anonymous}, step{get("/x", ann), servedTo("ann")}),
		row("then", "Then asks for more behind a chain without asking it again, and is closed where that chain has not run.",
			behind,
			step{get("/admin", bearer("role:ann:admin")), servedTo("ann").saying(", asked 1")},
			step{get("/plain", ann), servedTo("ann").saying(", asked 1")},
			step{get("/admin", ann), needsRole}, step{get("/admin"), anonymous}, step{get("/admin", bearer("bad")), invalidToken},
			step{get("/public"), anonymous}, step{get("/other", bearer("role:ann:admin")), anonymous}),
		row("with-is-for-its-route", "With returns a copy: other routes are as they were.",
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
		row("group", "Middleware guards a group, and leaves its neighbours alone.",
			func(w *witness) App {
				return App{Routes: []Route{
					{Method: "GET", Path: "/group/x", Guard: Grouped, Chain: chain(tokens),
						With: []core.Provider{core.RequireRoles("admin")}, Handle: w.handle},
					{Method: "GET", Path: "/free", Guard: Bare, Handle: w.handle},
				}}
			},
			step{get("/group/x"), anonymous}, step{get("/group/x", ann), needsRole},
			step{get("/group/x", bearer("role:ann:admin")), servedTo("ann")}, step{get("/free"), servedTo(nobody)}),
		row("whole-application", "Middleware on the whole application guards unknown paths too.",
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open"), tokens)
				return App{Chain: c, Routes: []Route{
					{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle},
					{Method: "GET", Path: "/open", Guard: Bare, Handle: w.handle},
				}}
			},
			step{get("/x"), anonymous}, step{get("/x", ann), servedTo("ann")}, step{get("/open"), servedTo(nobody)},
			step{get("/nowhere"), anonymous}),
		row("real-options-route", "An OPTIONS route is guarded like any other.",
			func(w *witness) App {
				return App{Routes: []Route{{Method: "OPTIONS", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{get("/x").as("OPTIONS"), anonymous}, step{get("/x", ann).as("OPTIONS"), servedTo("ann")},
			step{get("/x", "Origin: http://a.test", "Access-Control-Request-Method: GET").as("OPTIONS"), anonymous}),
		row("body-is-left-alone", "A refusal does not need the body; a served request has it.",
			func(w *witness) App {
				return App{Routes: []Route{{Method: "POST", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{request{method: "POST", target: "/x", body: strings.Repeat("b", 2000)}, anonymous},
			step{request{method: "POST", target: "/x", headers: []string{form}, body: "access_token=user:ann"}, anonymous},
			step{request{method: "POST", target: "/x", headers: []string{ann}, body: "b"}, servedTo("ann")}),
	}
}

const form = "Content-Type: application/x-www-form-urlencoded"

// behind has a chain in front of all, and routes with chains of their own that go on from it, or from another.
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
