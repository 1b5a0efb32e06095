package conformance

import (
	"context"
	"io"

	"github.com/microkubes/microkubes-go/core"
)

// contextCases are about the context that a handler gets.
func contextCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		row("context/inner-shadows-outer", "core.SecurityChain.Guard",
			"An inner Guard hides the identity of an outer one and does not inherit it, unless SecurityChain.Then "+
				"made its chain.",
			"A route that asks for a user of one kind is served to a user of another kind.", ownRoutes,
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
		row("context/provider-sees-its-own-chain", pageContract,
			"A provider does not find the identity of an outer chain.",
			"A check trusts the identity of an outer check and skips its own.", ownProvider,
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

// hangingCase has a client that hangs up while a provider waits. The context of the provider must end.
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
		Name: "context/cancelled-with-the-client", Page: pageContract,
		Rule: "The context of a provider ends when the client hangs up.",
		Why:  "Clients that hang up leave work behind, so few of them are enough to use up a key server.", needs: ownProvider,
		app: one(chain(hang, tokens)),
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
			if err := w.await(asked, "the provider was not called"); err != nil {
				return err
			}
			s.close()
			return w.await(ended, "the client hung up, but the context of the provider did not end")
		},
	}
}

// sealedCase has a provider that keeps its SecurityContext, and a handler that calls SetAuth on it.
func sealedCase() Case {
	return Case{
		Name: "context/sealed", Page: "core.SecurityContext.SetAuth",
		Rule: "It fails with ErrAuthSet if one is set already, and with ErrSealed once the authenticating part of the " +
			"chain has ended.",
		Why: "Code that runs later replaces the user after all decisions were made.", needs: ownHandler,
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
						w.saw("SetAuth succeeded")
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
