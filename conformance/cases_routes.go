package conformance

import (
	"context"
	"io"
	"strings"

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

// methodCases are about methods that a rule might forget.
func methodCases() []Case {
	ann := bearer("user:ann")
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "methods/" + name, Rule: rule, Page: pageRequest, app: app, try: steps(all...)}
	}
	getOnly := func(w *witness) App {
		c := chain(core.PublicRoutes("GET /open"), tokens)
		return App{Chain: c, Routes: []Route{
			{Method: "GET", Path: "/open", Guard: Bare, Handle: w.handle},
			{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle},
		}}
	}
	open := step{get("/open"), servedTo(nobody)}
	return []Case{
		row("as-sent", "The method is read as sent, never folded.", getOnly, open,
			step{get("/open").as("get"), anonymous.orServer()}, step{get("/open").as("Get"), anonymous.orServer()}),
		row("not-listed", "No method is open for not being named.", getOnly, open,
			step{get("/x").as("DELETE"), anonymous}, step{get("/x").as("PATCH"), anonymous},
			step{get("/x").as("TRACE"), anonymous}, step{get("/x").as("OPTIONS"), anonymous},
			step{get("/x").as("BREW"), anonymous.orServer()}, step{get("/open").as("POST"), anonymous}),
		row("head-is-guarded-as-get", "HEAD on a GET route is guarded as GET is.",
			func(w *witness) App {
				return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{get("/x", ann), servedTo("ann")}, step{get("/x").as("HEAD"), anonymous.orServer()}),
		row("upgrade", "An upgrade is decided on when it begins.", getOnly, open,
			step{get("/x", "Upgrade: websocket"), anonymous},
			step{get("/x", ann, "Upgrade: websocket"), servedTo("ann")}),
		row("connect", "CONNECT opens nothing.", getOnly, open,
			step{get("/x").as("CONNECT"), anonymous.orServer()}, step{get("suite.test:80").as("CONNECT"), malformed.orServer()}),
		row("override-header", "An override header that nothing obeys changes nothing for the decision.", getOnly, open,
			step{get("/open", "X-HTTP-Method-Override: GET").as("POST"), anonymous},
			step{get("/x", "X-HTTP-Method-Override: OPTIONS"), anonymous}),
		row("dispatched-on", "Method is the one that was sent, or the one that a method override in front put in its place.",
			overriding,
			step{get("/x").as("POST"), servedTo(nobody)},
			step{get("/x", "X-HTTP-Method-Override: DELETE").as("POST"), anonymous},
			step{get("/x", ann, "X-HTTP-Method-Override: DELETE", "X-Method: DELETE").as("POST"),
				servedTo("ann").saying(" by DELETE")},
			step{get("/y").as("POST"), anonymous}, step{get("/y").as("PUT"), servedTo(nobody).saying(" by PUT")},
			step{get("/y", "X-HTTP-Method-Override: PUT", "X-Method: PUT").as("POST"), servedTo(nobody).saying(" by PUT")},
			step{get("/y", ann, "X-HTTP-Method-Override: PUT", "X-Method: POST").as("POST"), internal}),
	}
}

// overriding has a method override in front, and one public method on each of its paths.
func overriding(w *witness) App {
	sees := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, q core.Request, _ core.Response) error {
		if want, n := q.Header("X-Method"); n == 1 && q.Method() != want {
			return errSecret
		}
		return nil
	})
	c := chain(sees, core.PublicRoutes("POST /x", "PUT /y"), tokens)
	app := App{Chain: c, Override: func(header func(string) string) string { return header("X-HTTP-Method-Override") }}
	for _, route := range []string{"POST /x", "DELETE /x", "POST /y", "PUT /y"} {
		method, path, _ := strings.Cut(route, " ")
		app.Routes = append(app.Routes, Route{Method: method, Path: path, Guard: Bare,
			Handle: func(ctx context.Context, header func(string) string) Reply {
				reply := w.handle(ctx, header)
				if method != "POST" {
					reply.Body += " by " + method
				}
				return reply
			}})
	}
	return app
}

// contextCases are about the context that a handler gets.
func contextCases() []Case {
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "context/" + name, Rule: rule, Page: pageContext, app: app, try: steps(all...)}
	}
	ann := bearer("user:ann")
	return []Case{
		row("inner-shadows-outer", "A nested Guard starts with no identity and inherits nothing.",
			func(w *witness) App {
				inner := chain(core.Optional(), tokens)
				return App{Chain: chain(apiKey), Routes: []Route{
					{Method: "GET", Path: "/inner", Chain: inner, Handle: w.handle},
					{Method: "GET", Path: "/open", Guard: Public, Chain: inner, Handle: w.handle},
					{Method: "GET", Path: "/outer", Guard: Bare, Handle: w.handle},
				}}
			},
			step{get("/outer", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/inner", "X-Api-Key: key-kim"), servedTo(nobody)},
			step{get("/open", "X-Api-Key: key-kim"), servedTo(nobody)},
			step{get("/inner", "X-Api-Key: key-kim", ann), servedTo("ann")},
			step{get("/inner", ann), anonymous}),
		row("provider-sees-its-own-chain", "A provider finds no identity of an outer chain.",
			func(w *witness) App {
				peek := core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, _ core.Request,
					_ core.Response) error {
					if _, ok := core.AuthFrom(ctx); ok || sc.HasAuth() {
						return errSecret
					}
					return nil
				})
				return App{Chain: chain(apiKey), Routes: []Route{
					{Method: "GET", Path: "/x", Chain: chain(peek, tokens), Handle: w.handle},
				}}
			},
			step{get("/x", "X-Api-Key: key-kim", ann), servedTo("ann")},
			step{get("/x", "X-Api-Key: key-kim"), anonymous}),
		sealedCase(),
		hangingCase(),
	}
}

// hangingCase hangs up while a provider waits: the provider must learn of it from its context.
func hangingCase() Case {
	asked, ended, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	hang := when(func(ctx context.Context, _ core.SecurityContext, _ core.Request, _ core.Response) error {
		close(asked)
		select {
		case <-ctx.Done():
			close(ended)
		case <-release:
		}
		return ctx.Err()
	})
	return Case{
		Name: "context/cancelled-with-the-client", Page: pageContext,
		Rule: "A provider that waits is ended by the context of its request.",
		app:  one(chain(hang, tokens)),
		try: func(w *witness) error {
			defer close(release)
			if err := w.expect(step{get("/x", bearer("user:ann")), servedTo("ann")}); err != nil {
				return err
			}
			s, err := w.dial()
			if err != nil {
				return err
			}
			defer s.close()
			if _, err = io.WriteString(s.conn, get("/x", "X-Do: 1").wire("keep-alive")); err != nil {
				return err
			}
			if err := w.await(asked, "the provider was not asked"); err != nil {
				return err
			}
			s.close()
			return w.await(ended, "the client hung up, and the context of the provider did not end")
		},
	}
}

// sealedCase tries to change the identity after the chain has ended, with a SecurityContext that a provider kept.
func sealedCase() Case {
	return Case{
		Name: "context/sealed", Page: pageContext,
		Rule: "The security context is sealed when the chain ends: SetAuth then fails.",
		app: func(w *witness) App {
			kept := make(chan core.SecurityContext, 1)
			keep := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
				kept <- sc
				return nil
			})
			handle := func(ctx context.Context, header func(string) string) Reply {
				select {
				case sc := <-kept:
					if err := sc.SetAuth(named("eve")); err == nil {
						w.saw("SetAuth passed")
					}
				default:
					w.saw("without a chain")
				}
				return w.handle(ctx, header)
			}
			return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(keep, core.Optional()), Handle: handle}}}
		},
		try: steps(step{get("/x"), servedTo(nobody)}),
	}
}
