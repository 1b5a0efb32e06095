package conformance

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/require"
)

// outcomeCases are the rows of the table "What the client gets".
func outcomeCases() []Case {
	return append(slices.Concat(refusalCases(), permissionCases(), answerFormCases()), serverRefusalCase())
}

// refusalCases are about requests without a good credential: 400 and 401.
func refusalCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	return []Case{
		row("outcomes/no-credential", pageClient,
			"A request without a credential is answered with 401 and a challenge without an error code.",
			"Whoever knows the address reads what the route guards. A client without a token learns from the "+
				"challenge that it needs one.", protectedPath,
			one(chain(tokens)),
			good, step{get("/x"), anonymous}),
		row("outcomes/bad-credential", pageClient,
			`A bad credential is answered with 401, error="invalid_token" and one constant body, whatever is wrong with it.`,
			"Anybody can write a token: if a forged one is served, there is no guard. Answers that differ tell "+
				"an attacker which part of a forgery to improve.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", bearer("bad")), invalidToken},
			step{get("/x", bearer(strings.Repeat("x", 3000))), invalidToken},
			step{get("/x", bearer("foreign")), invalidToken}),
		row("outcomes/malformed", pageClient,
			`Two Authorization fields are answered with 400 and error="invalid_request".`,
			"A proxy that reads the first field and a service that reads the second judge different tokens, so "+
				"an attacker is checked as one user and served as another.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", bearer("user:ann"), bearer("user:ann")), malformed},
			step{get("/x", bearer("user:ann"), "Authorization: Basic YTpi"), malformed}),
		row("outcomes/malformed-is-refused-first", pageLife,
			"A malformed request is refused before any provider sees it, on public routes too.",
			"A request that proxy and service read in different ways is an attack on one of them, whatever the "+
				"route requires.", libraryRule,
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open"), tokens)
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Chain: c, Handle: w.handle},
					{Method: "GET", Path: "/marked", Chain: c, Guard: Public, Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/open", bearer("a"), bearer("b")), malformed},
			step{get("/marked"), servedTo(nobody)}, step{get("/marked", bearer("a"), bearer("b")), malformed}),
	}
}

// permissionCases are about authenticated requests that lack a scope or a role: 403.
func permissionCases() []Case {
	return []Case{
		row("outcomes/missing-scope", pageClient,
			`An authenticated request that lacks a scope is answered with 403, error="insufficient_scope" and the `+
				"scopes that the route needs.",
			"Every token opens every route, so a stolen token for reading also writes. A client needs the names "+
				"of the scopes to ask its user for them.", ownRoutes,
			one(chain(tokens), core.RequireScopes("read", "write")),
			step{get("/x", bearer("user:ann:write+read")), servedTo("ann")},
			step{get("/x", bearer("user:ann:read")), needsScopes("read write")},
			step{get("/x", bearer("user:ann:readonly+WRITE")), needsScopes("read write")},
			step{get("/x"), anonymous}),
		row("outcomes/any-scope", "core.RequireAnyScope",
			"RequireAnyScope returns a provider that refuses a request with 403 unless its Auth has one of the scopes.",
			"A token with an unrelated scope opens the route, or a client that holds one of the listed scopes "+
				"is turned away.", ownRoutes,
			one(chain(tokens), core.RequireAnyScope("a", "b")),
			step{get("/x", bearer("user:ann:b")), servedTo("ann")},
			step{get("/x", bearer("user:ann:c")), needsScopes("a b")}),
		row("outcomes/missing-role", pageClient,
			`An authenticated request that lacks a role is answered with 403 and error="insufficient_scope".`,
			"Every user is an administrator. A client that gets 401 instead of 403 fetches new tokens without "+
				"end, because none of them has the role.", protectedPath|restrictedPath,
			one(chain(tokens), core.RequireRoles("admin")),
			step{get("/x", bearer("role:ann:admin")), servedTo("ann")},
			step{get("/x", bearer("role:ann:not-an-admin")), needsRole},
			step{get("/x"), anonymous}),
		row("outcomes/any-role", "core.RequireAnyRole",
			"RequireAnyRole returns a provider that refuses a request with 403 unless its Auth has one of the roles.",
			"Users without any of the roles get in, or users with one of them are locked out.", ownRoutes,
			one(chain(tokens), core.RequireAnyRole("a", "b")),
			step{get("/x", bearer("role:ann:a")), servedTo("ann")},
			step{get("/x", bearer("role:ann:c")), needsRole}),
		row("outcomes/step-up", "require.StepUp",
			"It refuses an Auth that does not meet s, or whose token lacks a claim that s needs, with 401 and a challenge "+
				`with error="insufficient_user_authentication" and the parameters acr_values and max_age (RFC 9470, section 3).`,
			"A stolen session that began with a password alone makes payments. A client that is not told which sign-in "+
				"the route needs sends its user through the same one again.", ownRoutes,
			one(chain(tokens), require.StepUp(require.SignIn{ACR: []string{"hardware", "mfa"}})),
			step{get("/x", bearer("acr:ann:mfa")), servedTo("ann")},
			step{get("/x", bearer("acr:ann:pwd")), needsStepUp("hardware mfa")},
			step{get("/x", bearer("user:ann")), needsStepUp("hardware mfa")},
			step{get("/x"), anonymous}),
	}
}

// answerFormCases are about 500 and 503, and about the form of all answers.
func answerFormCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	return []Case{
		row("outcomes/unavailable", pageClient,
			"If the decision cannot be made, the answer is 503 with Retry-After: never 401, never 200.",
			"A key server that is down either locks out all users for good, because clients discard good tokens "+
				"after a 401, or lets everybody in.", ownProvider,
			one(chain(core.Optional(), tokens)), good, step{get("/x", bearer("down")), unavailable}),
		row("outcomes/unforeseen", pageClient,
			"Anything unforeseen is answered with 500 and a constant body.",
			"Error texts carry passwords, addresses and queries, which an attacker collects by sending broken "+
				"requests.", ownProvider,
			one(chain(tokens)), good,
			step{get("/x", bearer("error")), internal}, step{get("/x", bearer("panic")), internal}, good),
		row("outcomes/head-has-no-body", pageClient,
			"An answer to HEAD has the same headers and no body.",
			"HEAD must not be a way around the check. A body after it is taken for the start of the next "+
				"response on the connection, so clients of a "+
				"proxy get answers that are not theirs.", protectedPath,
			func(w *witness) App {
				return App{Chain: chain(tokens), Routes: []Route{{Method: "HEAD", Path: "/x", Guard: Bare, Handle: w.handle}}}
			},
			step{get("/x", bearer("user:ann")).as("HEAD"), servedTo("ann")},
			step{get("/x").as("HEAD"), anonymous},
			step{get("/x", bearer("bad")).as("HEAD"), invalidToken}),
		row("outcomes/realm-and-body", pageClient,
			"WithRealm and WithErrorBody change the challenge and the body, never the status.",
			"A service with its own error format keeps the protocol: if the status changed with it, clients "+
				"would no longer log in again.", ownRoutes,
			one(chain(tokens).WithRealm(`a "b" \c`).WithErrorBody(func(e *core.Error) (string, []byte) {
				return "application/json; charset=utf-8", []byte(`{"title":"` + e.Message() + `"}`)
			})), good,
			step{get("/x"), want{status: 401, challenge: `Bearer realm="a \"b\" \\c"`,
				body: `{"title":"authentication required"}`}}),
	}
}
