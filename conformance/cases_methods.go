package conformance

import (
	"context"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// getOnly returns an app with routes for GET alone, one of them public.
func getOnly(w *witness) App {
	c := chain(core.PublicRoutes("GET /open"), tokens)
	return App{Chain: c, Routes: []Route{
		{Method: "GET", Path: "/open", Guard: Bare, Handle: w.handle},
		{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle},
	}}
}

// methodCases are about methods other than GET, and about method overrides.
func methodCases() []Case {
	ann := bearer("user:ann")
	open := step{get("/open"), servedTo(nobody)}
	return []Case{
		row("methods/as-sent", pageContract,
			"The method is never folded to upper case: get is not GET.",
			"A router that ignores case runs the handler, and the rule for GET does not apply to get.", ownRoutes, getOnly, open,
			step{get("/open").as("get"), anonymous.orServer()}, step{get("/open").as("Get"), anonymous.orServer()}),
		row("methods/not-listed", pageContract,
			"No method is open because no rule names it.",
			"A rule that names GET and POST leaves DELETE open to everybody.", protectedPath, getOnly, open,
			step{get("/x").as("DELETE"), anonymous}, step{get("/x").as("PATCH"), anonymous},
			step{get("/x").as("TRACE"), anonymous}, step{get("/x").as("OPTIONS"), anonymous},
			step{get("/x").as("PROPFIND"), anonymous.orServer()}, step{get("/x").as("QUERY"), anonymous.orServer()},
			step{get("/x").as("BREW"), anonymous.orServer()}, step{get("/open").as("POST"), anonymous}),
		row("methods/head-is-guarded-as-get", pageContract,
			"HEAD on a route for GET is guarded as GET is.",
			"HEAD tells an outsider what exists, how large it is and when it was changed, and runs the handler "+
				"for him.", protectedPath,
			func(w *witness) App {
				return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(tokens), Handle: w.handle}}}
			},
			step{get("/x", ann), servedTo("ann")}, step{get("/x").as("HEAD"), anonymous.orServer()}),
	}
}

// specialMethodCases are about upgrades, CONNECT and method overrides.
func specialMethodCases() []Case {
	ann := bearer("user:ann")
	open := step{get("/open"), servedTo(nobody)}
	return []Case{
		row("methods/upgrade", pageContract,
			"A request to upgrade is decided before the upgrade.",
			"After the upgrade no further request is checked, so an outsider keeps an open channel.",
			protectedPath, getOnly, open,
			step{get("/x", "Upgrade: websocket"), anonymous},
			step{get("/x", "Upgrade: websocket", "Sec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), anonymous},
			step{get("/x", ann, "Upgrade: websocket"), servedTo("ann")}),
		row("methods/connect", pageContract,
			"CONNECT opens nothing: a host is not a path.",
			"CONNECT has no path that a rule could match, and a proxy may open a connection into the network "+
				"behind it.", protectedPath, getOnly, open,
			step{get("/x").as("CONNECT"), anonymous.orServer()}, step{get("suite.test:80").as("CONNECT"), malformed.orServer()}),
		row("methods/override-header", pageContract,
			"A method override that nothing in front obeys changes nothing.",
			"An outsider names a harmless method in a header for the rule, and the router runs the other one.",
			protectedPath, getOnly, open,
			step{get("/open", "X-HTTP-Method-Override: GET").as("POST"), anonymous},
			step{get("/open", "X-HTTP-Method: GET").as("POST"), anonymous},
			step{get("/open", "X-Method-Override: GET").as("POST"), anonymous},
			step{get("/open?_method=GET").as("POST"), anonymous},
			step{request{method: "POST", target: "/open", body: "_method=GET",
				headers: []string{"Content-Type: application/x-www-form-urlencoded"}}, anonymous},
			step{get("/x", "X-HTTP-Method-Override: OPTIONS"), anonymous}),
		row("methods/dispatched-on", pagePaths,
			"The method that rules see is the one that the router dispatched on: behind a method override that is "+
				"the one that the override chose.",
			"The rule checks POST, and the override runs DELETE.", ownRoutes,
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

// overriding returns an app with a method override in front, and with one public method on each path.
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
