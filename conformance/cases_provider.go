package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

type provide = func(context.Context, core.SecurityContext, core.Request, core.Response) error

// when is a provider that does f for requests with the field "X-Do", and nothing for others.
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

// providerCases are the rows of the table of what a provider returns.
func providerCases() []Case {
	good := step{get("/x", bearer("user:ann")), servedTo("ann")}
	do := get("/x", bearer("user:ann"), "X-Do: 1")
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "providers/" + name, Rule: rule, Page: pageProvider, app: app, try: steps(all...)}
	}
	return []Case{
		row("nil", "nil: next provider.", one(chain(returning(nil), returning(nil), tokens)),
			step{do, servedTo("ann")}, step{get("/x", "X-Do: 1"), anonymous}),
		row("typed-nil", "A typed nil is nil: next provider.", one(chain(returning((*core.Error)(nil)), tokens)),
			step{do, servedTo("ann")}, step{get("/x", "X-Do: 1"), anonymous}),
		row("not-mine", "NotMine: another provider may own the credential; if nobody sets an Auth: 401 invalid_token.",
			one(chain(tokens, apiKey)),
			step{get("/x", bearer("foreign"), "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("foreign")), invalidToken}),
		row("not-mine-is-not-anonymous", "NotMine: 401 under Optional too.", one(chain(core.Optional(), tokens)),
			step{get("/x"), servedTo(nobody)}, step{get("/x", bearer("foreign")), invalidToken}),
		row("bad-is-not-anonymous", "A bad credential never falls through to anonymous.", one(chain(core.Optional(), tokens)),
			good, step{get("/x", bearer("bad")), invalidToken}),
		row("bad-does-not-fall-through", "A bad credential never falls through to another credential of the request.",
			one(chain(tokens, apiKey)), step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("bad"), "X-Api-Key: key-kim"), invalidToken}),
		row("two-credentials", "The first provider that knows the caller decides; the next finds an Auth and may not set one.",
			one(chain(tokens, apiKey)), good, step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("user:ann"), "X-Api-Key: key-kim"), internal}),
		row("unavailable-is-not-anonymous", "Where one provider cannot decide, another credential of the request does not help.",
			one(chain(core.Optional(), tokens, apiKey)), step{get("/x", "X-Api-Key: key-kim"), servedTo("kim")},
			step{get("/x", bearer("down"), "X-Api-Key: key-kim"), unavailable}),
		row("break-chain", "BreakChain ends the base chain and lets pass.",
			one(chain(returning(core.BreakChain), returning(errSecret), tokens)), good,
			step{get("/x", "X-Do: 1"), servedTo(nobody)}, step{get("/x"), anonymous}),
		row("break-chain-wrapped", "A wrapped BreakChain is an error like any other.",
			one(chain(returning(errors.Join(core.BreakChain)), tokens)), good, step{do, internal}),
		row("with-runs-after-break-chain", "Providers added by With run all the same.",
			one(chain(returning(core.BreakChain), tokens), core.RequireAuth()), good,
			step{get("/x", "X-Do: 1"), anonymous}),
		row("with-cannot-break-chain", "From a provider added by With, BreakChain is an error.",
			one(chain(tokens), returning(core.BreakChain)), good, step{do, internal}),
		row("with-cannot-authenticate", "With only tightens: its providers cannot set an Auth.",
			one(chain(core.Optional(), tokens), when(func(_ context.Context, sc core.SecurityContext, _ core.Request,
				_ core.Response) error {
				_ = sc.SetAuth(named("eve"))
				return nil
			}), core.RequireAuth()), good, step{get("/x", "X-Do: 1"), anonymous}),
		row("refusal", "*Error: refuse with its status, message and challenge.",
			one(chain(returning(core.Unauthorized("invalid token").WithChallenge(`Basic realm="door"`)), tokens)), good,
			step{do, want{status: 401, challenge: `Basic realm="door"`, body: invalidToken.body}}),
		row("refusal-that-breaks-a-header", "A challenge with anything but printable ASCII makes the refusal a 500.",
			one(chain(returning(core.Unauthorized("no").WithChallenge("Basic\r\nX-Evil: 1")), tokens)), good,
			step{do, internal}),
		row("error-text-stays-inside", "Any other error: 500 with a constant body.", one(chain(tokens, returning(errSecret))),
			good, step{do, internal}),
		row("sends-itself", "A provider that called Send has answered: no handler runs.",
			one(chain(tokens, when(redirect))), good,
			step{do, want{status: 302, body: "over there", own: true}}),
		row("sends-and-errs", "A provider that called Send has answered, whatever it returns.",
			one(chain(tokens, when(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
				_ = redirect(ctx, sc, q, s)
				return errSecret
			}))), good, step{do, want{status: 302, body: "over there", own: true}}),
		row("sends-twice", "Send is called at most once.",
			one(chain(tokens, when(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
				_ = redirect(ctx, sc, q, s)
				return s.Send(200, []byte("and again"))
			}))), good, step{do, want{status: 302, body: "over there", own: true}}),
		row("sets-auth-twice", "A second Auth ends with 500.", one(chain(tokens, setAuth("eve", nil))), good,
			step{get("/x", "X-Do: 1"), servedTo("eve")}, step{do, internal}),
		row("auth-and-error", "An Auth together with an error is a refusal.",
			one(chain(setAuth("eve", core.Unauthorized("invalid token")), tokens)), good,
			step{get("/x", "X-Do: 1"), invalidToken}),
		headerSurvives(),
		askedOnce(),
		keptRequest(),
	}
}

// askedOnce counts how often a provider is asked about the same request, sent again and again.
func askedOnce() Case {
	var asked atomic.Int64
	counts := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		asked.Add(1)
		return nil
	})
	return Case{
		Name: "providers/asked-once", Page: pageProvider,
		Rule: "Guard is asked once for each request, also for one that is like the last: a token may be revoked between them.",
		app:  one(chain(counts, tokens)),
		try: func(w *witness) error {
			ann := step{get("/x", bearer("user:ann")), servedTo("ann")}
			before := asked.Load()
			for n, s := range []step{ann, ann, {get("/x"), anonymous}, {get("/x"), anonymous}} {
				if err := w.expect(s); err != nil {
					return err
				}
				if got := asked.Load() - before; got != int64(n+1) {
					return fmt.Errorf("sent   %d requests\ngot    a provider asked %d times\nwant   once for each", n+1, got)
				}
			}
			return nil
		},
	}
}

func headerSurvives() Case {
	return Case{
		Name: "providers/header-survives", Page: pageProvider,
		Rule: "A provider that sets a header lets the request pass all the same, and the client gets the header.",
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

// keptRequest keeps the Request of ann's call and reads it while bob's runs on the same connection.
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
		Name: "providers/keeps-its-request", Page: pageRequest,
		Rule: "A Request kept past its chain answers with zero values, never with another request's.",
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
