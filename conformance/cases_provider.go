package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

type provide = func(context.Context, core.SecurityContext, core.Request, core.Response) error

// when returns a provider that calls f for requests with the field X-Do, and returns nil for others.
func when(f provide) core.Provider {
	return core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
		if _, n := q.Header("X-Do"); n == 0 {
			return nil
		}
		return f(ctx, sc, q, s)
	})
}

func returning(err error) core.Provider {
	return when(func(context.Context, core.SecurityContext, core.Request, core.Response) error { return err })
}

func named(user string) *core.Auth { return core.NewAuth(core.AuthData{UserID: user}) }

// providerCases are about the results of providers.
func providerCases() []Case {
	return slices.Concat(signalCases(), verdictCases(), answerCases())
}

// signalCases are about nil, NotMine and BreakChain.
func signalCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	do := get("/x", bearer("user:ann"), "X-Do: 1")
	return []Case{
		row("providers/nil", pageReturns,
			"When a provider returns nil, the next one is asked.",
			"Credentials that a later check understands are never looked at, and their owners are locked out.", ownProvider,
			one(chain(returning(nil), returning(nil), tokens)),
			step{do, servedTo("ann")}, step{get("/x", "X-Do: 1"), anonymous}),
		row("providers/typed-nil", pageReturns,
			"A nil *core.Error counts as nil.",
			"A function that returns its own error type refuses every request, although it found nothing wrong.", ownProvider,
			one(chain(returning((*core.Error)(nil)), tokens)),
			step{do, servedTo("ann")}, step{get("/x", "X-Do: 1"), anonymous}),
		row("providers/not-mine", pageReturns,
			"After core.NotMine another provider may own the credential. If nobody sets an Auth, the answer is 401 "+
				"invalid_token.",
			"Tokens of a second issuer are refused by the check for the first, or a token that nobody knows is "+
				"served.", ownProvider,
			one(chain(tokens, apiKey)),
			step{get("/x", bearer("foreign"), "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("foreign")), invalidToken}),
		row("providers/not-mine-is-not-anonymous", pageReturns,
			"A credential that nobody owns is not anonymous: the answer is 401 under Optional, too.",
			"A client whose token comes from the wrong issuer gets the anonymous view without a hint, and its "+
				"owner searches for lost data.", optionalPath|signedTokens,
			one(chain(core.Optional(), tokens)),
			step{get("/x"), servedTo(nobody)}, step{get("/x", bearer("foreign")), invalidToken}),
		row("providers/break-chain", pageReturns,
			"core.BreakChain ends the base chain and lets the request pass with the Auth that is set so far, if any.",
			"A health check that must be open is closed, or it runs into checks that fail without a user.", ownProvider,
			one(chain(returning(core.BreakChain), returning(errSecret), tokens)), good,
			step{get("/x", "X-Do: 1"), servedTo(nobody)}, step{get("/x"), anonymous}),
		row("providers/break-chain-wrapped", pageReturns,
			"Signals are compared by identity: a wrapped signal is an error like any other, and refuses.",
			"An error that happens to contain the signal opens the route.", ownProvider,
			one(chain(returning(errors.Join(core.BreakChain)), tokens)), good, step{do, internal}),
		row("providers/with-runs-after-break-chain", pageReturns,
			"Providers that With added run after BreakChain, too.",
			"A rule that opens a path also switches off what a single route requires in addition.", ownProvider,
			one(chain(returning(core.BreakChain), tokens), core.RequireAuth()), good,
			step{get("/x", "X-Do: 1"), anonymous}),
		row("providers/with-cannot-break-chain", pageReturns,
			"From a provider that With added, BreakChain is an error and the answer is 500.",
			"An extra requirement of one route switches off the requirements behind it.", ownProvider,
			one(chain(tokens), returning(core.BreakChain)), good, step{do, internal}),
	}
}

// verdictCases are about which provider decides, for requests with a bad credential or with several.
func verdictCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	do := get("/x", bearer("user:ann"), "X-Do: 1")
	return []Case{
		row("providers/bad-is-not-anonymous", pageReturns,
			"A bad credential is never served as anonymous.",
			"A client with an expired token is served as a guest and never logs in again. A cache may store the "+
				"guest's page for the user.", optionalPath,
			one(chain(core.Optional(), tokens)),
			good, step{get("/x", bearer("bad")), invalidToken}),
		row("providers/bad-does-not-fall-through", pageReturns,
			"A bad credential is refused even if the request has another one that a later provider would accept.",
			"An attacker tries stolen or guessed tokens beside a valid key of his own, without a single refusal "+
				"that would be noticed.", ownProvider,
			one(chain(tokens, apiKey)), step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("bad"), "X-Api-Key: key-kim"), invalidToken}),
		row("providers/two-credentials", pageReturns,
			"A provider that is not an Authenticator runs all the same; if it sets a second Auth, the answer is 500.",
			"The audit log shows one user while the handler acts for the other.", ownProvider,
			one(chain(tokens, apiKey)), good, step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("user:ann"), "X-Api-Key: key-kim"), internal}),
		row("providers/unavailable-is-not-anonymous", pageReturns,
			"Where a provider cannot decide, another credential does not help: the answer is 503.",
			"Whoever can stop the revocation list from answering uses a revoked token.", ownProvider,
			one(chain(core.Optional(), tokens, apiKey)), step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("down"), "X-Api-Key: key-kim"), unavailable}),
		row("providers/with-cannot-authenticate", pageReturns,
			"A provider that With added finds the Auth of the base chain and cannot set one.",
			"A check on one route makes up a user, and the rest of the application believes it.", ownProvider,
			one(chain(core.Optional(), tokens), when(func(_ context.Context, sc core.SecurityContext, _ core.Request,
				_ core.Response) error {
				_ = sc.SetAuth(named("eve"))
				return nil
			}), core.RequireAuth()), good, step{get("/x", "X-Do: 1"), anonymous}),
		row("providers/sets-auth-twice", pageReturns,
			"SetAuth fails when an Auth is there, and the request ends with 500 whatever the provider returns.",
			"The second identity replaces the first after decisions were taken for the first.", ownProvider,
			one(chain(tokens, setAuth("eve", nil))), good,
			step{get("/x", "X-Do: 1"), servedTo("eve")}, step{do, internal}),
		row("providers/auth-and-error", pageReturns,
			"An Auth together with an error is a refusal.",
			"An identity that failed its check reaches the handler all the same.", ownProvider,
			one(chain(setAuth("eve", core.Unauthorized("invalid token")), tokens)), good,
			step{get("/x", "X-Do: 1"), invalidToken}),
	}
}

// answerCases are about providers that refuse, or answer the request themselves.
func answerCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	do := get("/x", bearer("user:ann"), "X-Do: 1")
	return []Case{
		row("providers/refusal", pageReturns,
			"A *core.Error refuses with its status, message and challenge.",
			"Browsers and other clients choose how to log in by the scheme in the challenge, so a wrong one "+
				"leaves them without a way in.", ownProvider,
			one(chain(returning(core.Unauthorized("invalid token").WithChallenge(`Basic realm="door"`)), tokens)), good,
			step{do, want{status: 401, challenge: `Basic realm="door"`, body: invalidToken.body}}),
		row("providers/refusal-that-breaks-a-header", "core.Error.WithChallenge",
			"If value has anything but printable ASCII, the refusal is a 500.",
			"A line break in a header lets an attacker write a whole response, which a shared cache hands to "+
				"other users.", ownProvider,
			one(chain(returning(core.Unauthorized("no").WithChallenge("Basic\r\nX-Evil: 1")), tokens)), good,
			step{do, internal}),
		row("providers/error-text-stays-inside", pageReturns,
			"Any other error, and a panic, refuses with 500 and a constant body. The text of an error is neither "+
				"sent nor logged.",
			"Connection strings and names of hosts in an error page are a map for an attacker.", ownProvider,
			one(chain(tokens, returning(errSecret))),
			good, step{do, internal}),
		row("providers/sends-itself", pageReturns,
			"A provider that calls Send has answered the request, and no handler runs.",
			"The data of the handler follows a redirect to the login page, for someone who is not logged in.", ownProvider,
			one(chain(tokens, when(redirect))), good,
			step{do, want{status: 302, body: "over there", own: true}}),
		row("providers/sends-and-errs", pageReturns,
			"A provider that calls Send has answered the request, and no handler runs. What it returns after that "+
				"changes nothing.",
			"Two answers are written for one request, and the client takes the second one for the answer to its "+
				"next request.", ownProvider,
			one(chain(tokens, when(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
				_ = redirect(ctx, sc, q, s)
				return errSecret
			}))), good, step{do, want{status: 302, body: "over there", own: true}}),
		row("providers/sends-twice", "core.Response.Send",
			"The chain calls it at most once, after all headers.",
			"A second status or body after the first breaks the connection for the requests that follow.", ownProvider,
			one(chain(tokens, when(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
				_ = redirect(ctx, sc, q, s)
				return s.Send(200, []byte("and again"))
			}))), good, step{do, want{status: 302, body: "over there", own: true}}),
		headerSurvives(),
		askedOnce(),
		keptRequest(),
	}
}

// askedOnce counts the calls of a provider for a request that is sent several times.
func askedOnce() Case {
	var asked atomic.Int64
	counts := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		asked.Add(1)
		return nil
	})
	return Case{
		Name: "providers/asked-once", Page: pageContract,
		Rule:  "An adapter asks Guard once for each request, even for one that repeats the last.",
		Why:   "A limit on login attempts counts wrong, and a token for single use is spent by its own request.",
		needs: ownProvider,
		app:   one(chain(counts, tokens)),
		try: func(w *witness) error {
			ann := step{get("/x", bearer("user:ann")), servedTo("ann")}
			before := asked.Load()
			for n, s := range []step{ann, ann, {get("/x"), anonymous}, {get("/x"), anonymous}} {
				if err := w.expect(s); err != nil {
					return err
				}
				if got := asked.Load() - before; got != int64(n+1) {
					return fmt.Errorf("sent   %d requests\ngot    %d calls of a provider\nwant   one for each", n+1, got)
				}
			}
			return nil
		},
	}
}

func headerSurvives() Case {
	return Case{
		Name: "providers/header-survives", Page: pageReturns,
		Rule: "A provider may set a header and let the request pass: the client gets the header with the handler's answer.",
		Why:  "A renewed cookie gets lost, and the session ends while its user works.", needs: ownProvider,
		app: one(chain(when(func(_ context.Context, _ core.SecurityContext, _ core.Request, s core.Response) error {
			s.SetHeader("X-Seen", "yes")
			return nil
		}), tokens)),
		try: func(w *witness) error {
			do := get("/x", bearer("user:ann"), "X-Do: 1")
			return errors.Join(w.expect(step{do, servedTo("ann")}), w.hasHeaders(do, "X-Seen: yes"))
		},
	}
}

func redirect(_ context.Context, _ core.SecurityContext, _ core.Request, s core.Response) error {
	s.SetHeader("Location", "/login")
	return s.Send(302, []byte("over there"))
}

func setAuth(user string, err error) core.Provider {
	return when(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		return errors.Join(sc.SetAuth(named(user)), err)
	})
}

// keptRequest has a provider that keeps its Request, and a handler that reads it after the chain and in later requests.
func keptRequest() Case {
	var mu sync.Mutex
	var kept core.Request
	keep := when(func(_ context.Context, _ core.SecurityContext, q core.Request, _ core.Response) error {
		mu.Lock()
		defer mu.Unlock()
		kept = q
		return nil
	})
	return Case{
		Name: "providers/keeps-its-request", Page: pageContract,
		Rule: "A Request that a provider keeps answers with zero values once its chain has ended.",
		Why: "A provider with a background task reads the token of another client from a buffer that the server has " +
			"reused.", needs: ownProvider,
		app: func(w *witness) App {
			read := func(ctx context.Context, header func(string) string) Reply {
				reply := w.handle(ctx, header)
				mu.Lock()
				defer mu.Unlock()
				if kept != nil {
					value, n := kept.Header("Authorization")
					reply.Body += " " + value + kept.Method() + kept.RoutePath() + kept.RawQuery() + kept.Host() +
						kept.RemoteAddr() + kept.Scheme() + string(rune('0'+n))
				}
				return reply
			}
			return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(keep, tokens), Handle: read}}}
		},
		try: func(w *witness) error {
			mu.Lock()
			kept = nil
			mu.Unlock()
			return steps(
				step{get("/x", bearer("user:ann")), want{status: 200, body: "for ann", user: "ann"}},
				step{get("/x", bearer("user:ann"), "X-Do: 1"), want{status: 200, body: "for ann 0", user: "ann"}},
				step{get("/x", bearer("user:bob")), want{status: 200, body: "for bob 0", user: "bob"}},
			)(w)
		},
	}
}
