package conformance

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// outcomeCases are the rows of the table "What the client gets".
func outcomeCases() []Case {
	return append(slices.Concat(refusalCases(), answerFormCases()), serverRefusalCase())
}

// refusalCases are about requests that are the client's mistake: 400, 401 and 403.
func refusalCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	return []Case{
		row("outcomes/no-credential", pageClient,
			"A request without a credential is answered with 401 and a challenge without an error code.",
			one(chain(tokens)),
			good, step{get("/x"), anonymous}),
		row("outcomes/bad-credential", pageClient,
			`A bad credential is answered with 401, error="invalid_token" and one constant body, whatever is wrong with it.`,
			one(chain(tokens)), good,
			step{get("/x", bearer("bad")), invalidToken},
			step{get("/x", bearer(strings.Repeat("x", 3000))), invalidToken},
			step{get("/x", bearer("foreign")), invalidToken}),
		row("outcomes/malformed", pageClient,
			`Two Authorization fields are answered with 400 and error="invalid_request".`,
			one(chain(tokens)), good,
			step{get("/x", bearer("user:ann"), bearer("user:ann")), malformed},
			step{get("/x", bearer("user:ann"), "Authorization: Basic YTpi"), malformed}),
		row("outcomes/malformed-is-refused-first", pageLife,
			"A malformed request is refused before any provider sees it, on public routes too.",
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open"), tokens)
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Chain: c, Handle: w.handle},
					{Method: "GET", Path: "/marked", Chain: c, Guard: Public, Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/open", bearer("a"), bearer("b")), malformed},
			step{get("/marked"), servedTo(nobody)}, step{get("/marked", bearer("a"), bearer("b")), malformed}),
		row("outcomes/missing-scope", pageClient,
			`An authenticated request that lacks a scope is answered with 403, error="insufficient_scope" and the `+
				"scopes that the route needs.",
			one(chain(tokens), core.RequireScopes("read", "write")),
			step{get("/x", bearer("user:ann:write+read")), servedTo("ann")},
			step{get("/x", bearer("user:ann:read")), needsScopes("read write")},
			step{get("/x", bearer("user:ann:readonly+WRITE")), needsScopes("read write")},
			step{get("/x"), anonymous}),
		row("outcomes/any-scope", "core.RequireAnyScope",
			"RequireAnyScope returns a provider that refuses a request with 403 unless its Auth has one of the scopes.",
			one(chain(tokens), core.RequireAnyScope("a", "b")),
			step{get("/x", bearer("user:ann:b")), servedTo("ann")},
			step{get("/x", bearer("user:ann:c")), needsScopes("a b")}),
		row("outcomes/missing-role", pageClient,
			`An authenticated request that lacks a role is answered with 403 and error="insufficient_scope".`,
			one(chain(tokens), core.RequireRoles("admin")),
			step{get("/x", bearer("role:ann:admin")), servedTo("ann")},
			step{get("/x", bearer("role:ann:not-an-admin")), needsRole},
			step{get("/x"), anonymous}),
		row("outcomes/any-role", "core.RequireAnyRole",
			"RequireAnyRole returns a provider that refuses a request with 403 unless its Auth has one of the roles.",
			one(chain(tokens), core.RequireAnyRole("a", "b")),
			step{get("/x", bearer("role:ann:a")), servedTo("ann")},
			step{get("/x", bearer("role:ann:c")), needsRole}),
	}
}

// answerFormCases are about 500 and 503, and about the form of all answers.
func answerFormCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	return []Case{
		row("outcomes/unavailable", pageClient,
			"If the decision cannot be made, the answer is 503 with Retry-After: never 401, never 200.",
			one(chain(core.Optional(), tokens)), good, step{get("/x", bearer("down")), unavailable}),
		row("outcomes/unforeseen", pageClient,
			"Anything unforeseen is answered with 500 and a constant body.",
			one(chain(tokens)), good,
			step{get("/x", bearer("error")), internal}, step{get("/x", bearer("panic")), internal}, good),
		row("outcomes/head-has-no-body", pageClient,
			"An answer to HEAD has the same headers and no body.",
			func(w *witness) App {
				return App{Chain: chain(tokens), Routes: []Route{{Method: "HEAD", Path: "/x", Guard: Bare, Handle: w.handle}}}
			},
			step{get("/x", bearer("user:ann")).as("HEAD"), servedTo("ann")},
			step{get("/x").as("HEAD"), anonymous},
			step{get("/x", bearer("bad")).as("HEAD"), invalidToken}),
		row("outcomes/realm-and-body", pageClient,
			"WithRealm and WithErrorBody change the challenge and the body, never the status.",
			one(chain(tokens).WithRealm(`a "b" \c`).WithErrorBody(func(e *core.Error) (string, []byte) {
				return "application/json; charset=utf-8", []byte(`{"title":"` + e.Message() + `"}`)
			})), good,
			step{get("/x"), want{status: 401, challenge: `Bearer realm="a \"b\" \\c"`,
				body: `{"title":"authentication required"}`}}),
	}
}
