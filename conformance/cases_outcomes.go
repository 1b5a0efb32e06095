package conformance

import (
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// outcomeCases are the rows of the table "What the client gets".
func outcomeCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "outcomes/" + name, Rule: rule, Page: pageClient, app: app, try: steps(all...)}
	}
	return []Case{
		row("no-credential", "No credential: 401, a bare challenge without an error code.", one(chain(tokens)),
			good, step{get("/x"), anonymous}),
		row("bad-credential", `A bad credential, whatever the reason: 401, error="invalid_token", one constant body.`,
			one(chain(tokens)), good,
			step{get("/x", bearer("bad")), invalidToken},
			step{get("/x", bearer(strings.Repeat("x", 3000))), invalidToken},
			step{get("/x", bearer("foreign")), invalidToken}),
		row("malformed", `Two Authorization fields: 400, error="invalid_request".`, one(chain(tokens)), good,
			step{get("/x", bearer("user:ann"), bearer("user:ann")), malformed},
			step{get("/x", bearer("user:ann"), "Authorization: Basic YTpi"), malformed}),
		row("malformed-is-refused-first", "Malformed requests are refused whatever the providers say, on public routes too.",
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open"), tokens)
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Chain: c, Handle: w.handle},
					{Method: "GET", Path: "/marked", Chain: c, Guard: Public, Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/open", bearer("a"), bearer("b")), malformed},
			step{get("/marked"), servedTo(nobody)}, step{get("/marked", bearer("a"), bearer("b")), malformed}),
		row("missing-scope", `Authenticated, but a scope is missing: 403, error="insufficient_scope", scope="…".`,
			one(chain(tokens), core.RequireScopes("read", "write")),
			step{get("/x", bearer("user:ann:write+read")), servedTo("ann")},
			step{get("/x", bearer("user:ann:read")), needsScopes("read write")},
			step{get("/x", bearer("user:ann:readonly+WRITE")), needsScopes("read write")},
			step{get("/x"), anonymous}),
		row("any-scope", "RequireAnyScope asks for one of the scopes.", one(chain(tokens), core.RequireAnyScope("a", "b")),
			step{get("/x", bearer("user:ann:b")), servedTo("ann")},
			step{get("/x", bearer("user:ann:c")), needsScopes("a b")}),
		row("missing-role", `Authenticated, but a role is missing: 403, error="insufficient_scope".`,
			one(chain(tokens), core.RequireRoles("admin")),
			step{get("/x", bearer("role:ann:admin")), servedTo("ann")},
			step{get("/x", bearer("role:ann:not-an-admin")), needsRole},
			step{get("/x"), anonymous}),
		row("any-role", "RequireAnyRole asks for one of the roles.", one(chain(tokens), core.RequireAnyRole("a", "b")),
			step{get("/x", bearer("role:ann:a")), servedTo("ann")},
			step{get("/x", bearer("role:ann:c")), needsRole}),
		row("unavailable", "The decision cannot be made: 503 with Retry-After, no challenge. Never 401, never 200.",
			one(chain(core.Optional(), tokens)), good, step{get("/x", bearer("down")), unavailable}),
		row("unforeseen", "Anything unforeseen: 500 with a constant body.", one(chain(tokens)), good,
			step{get("/x", bearer("error")), internal}, step{get("/x", bearer("panic")), internal}, good),
		row("head-has-no-body", "HEAD has no body; the headers are those of GET.", func(w *witness) App {
			return App{Chain: chain(tokens), Routes: []Route{{Method: "HEAD", Path: "/x", Guard: Bare, Handle: w.handle}}}
		},
			step{get("/x", bearer("user:ann")).as("HEAD"), servedTo("ann")},
			step{get("/x").as("HEAD"), anonymous},
			step{get("/x", bearer("bad")).as("HEAD"), invalidToken}),
		row("realm-and-body", "WithRealm and WithErrorBody change challenge and body, never the status.",
			one(chain(tokens).WithRealm(`a "b" \c`).WithErrorBody(func(e *core.Error) (string, []byte) {
				return "application/json; charset=utf-8", []byte(`{"title":"` + e.Message() + `"}`)
			})), good,
			step{get("/x"), want{status: 401, challenge: `Bearer realm="a \"b\" \\c"`,
				body: `{"title":"authentication required"}`}}),
	}
}
