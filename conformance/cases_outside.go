package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// outsideCases are about what middleware in front of a chain sees after the guarded call has returned.
func outsideCases() []Case { return []Case{nobodyOutside(), patternOutside()} }

// nobodyOutside looks for an identity in the context that middleware in front has.
func nobodyOutside() Case {
	return outside(Case{
		Name: "outside/nobody", Page: pagePromises,
		Rule: "The identity of a request is visible in the guarded call and in what that call started, and nowhere else: " +
			"not to middleware outside, and not to the next request on the connection.",
		Why: "A log in front writes the user of one request to the line of another one.", needs: ownHandler,
	}, func(w *witness, seen chan<- string) App {
		c := chain(tokens)
		return App{
			Chain: chain(apiKey, core.PublicRoutes("/**")), // callers with a key are known, others pass without an Auth
			Back: func(ctx context.Context, _ string) {
				auth, _ := core.AuthFrom(ctx)
				seen <- auth.UserID()
			},
			Routes: []Route{
				{Method: "GET", Path: "/x", Chain: c, Handle: w.handle},
				{Method: "GET", Path: "/role", Chain: c, With: []core.Provider{core.RequireRoles("admin")}, Handle: w.handle},
				{Method: "GET", Path: "/group", Guard: Grouped, Chain: c, Handle: w.handle},
				{Method: "GET", Path: "/http", Chain: c, HTTP: w.serveHTTP(nil)},
				{Method: "GET", Path: "/bare", Guard: Bare, Handle: w.handle},
			},
		}
	},
		outsideStep{get("/x", bearer("user:ann")), servedTo("ann"), ""},
		outsideStep{get("/x", bearer("user:ann"), "X-Api-Key: key-kim"), servedTo("ann"), ""},
		outsideStep{get("/x"), anonymous, ""},
		outsideStep{get("/x", bearer("bad"), "X-Api-Key: key-kim"), invalidToken, ""},
		outsideStep{get("/role", bearer("user:ann")), needsRole, ""},
		outsideStep{get("/group", bearer("user:ann")), servedTo("ann"), ""},
		outsideStep{get("/http", bearer("user:ann")), servedTo("ann"), ""},
		outsideStep{get("/bare", "X-Api-Key: key-kim"), servedTo("kim"), ""},
	)
}

// patternOutside looks for the pattern that a router behind the chain has set.
func patternOutside() Case {
	return outside(Case{
		Name: "outside/pattern", Page: pageContract,
		Rule: "Middleware in front sees the Pattern that a router behind the chain has set.",
		Why:  "Metrics have one line for each address instead of each route, which fills their memory.", needs: ownHandler,
	}, func(w *witness, seen chan<- string) App {
		mux := http.NewServeMux()
		mux.Handle("GET /{inner}", w.serveHTTP(nil))
		c := chain(tokens)
		return App{
			Chain: chain(apiKey, core.PublicRoutes("/**")),
			Back:  func(_ context.Context, pattern string) { seen <- strings.Clone(pattern) },
			Routes: []Route{
				{Method: "GET", Path: "/x", Chain: c, HTTP: mux},
				{Method: "GET", Path: "/group", Guard: Grouped, Chain: c, HTTP: mux},
				{Method: "GET", Path: "/bare", Guard: Bare, HTTP: mux},
			},
		}
	},
		outsideStep{get("/x", bearer("user:ann")), servedTo("ann"), "GET /{inner}"},
		outsideStep{get("/group", bearer("user:ann")), servedTo("ann"), "GET /{inner}"},
		outsideStep{get("/bare"), servedTo(nobody), "GET /{inner}"},
	)
}

// outsideStep is a step with what must be seen outside after it.
type outsideStep struct {
	send request
	want want
	seen string
}

// outside completes a case. Its app sends what it sees in Back to the channel.
func outside(c Case, app func(*witness, chan<- string) App, all ...outsideStep) Case {
	seen := make(chan string, 1+len(all)) // room for all, so that no handler blocks
	c.app = func(w *witness) App { return app(w, seen) }
	c.try = func(w *witness) error {
		for _, s := range all {
			if err := w.expect(step{s.send, s.want}); err != nil {
				return err
			}
			select {
			case got := <-seen:
				if got != s.seen {
					return fmt.Errorf("sent   %s\ngot    %q is seen outside\nwant   %q", s.send.text(), got, s.seen)
				}
			default: // the connection is closed, so every handler has returned
				return fmt.Errorf("sent   %s\ngot    no call of Back\nwant   one", s.send.text())
			}
		}
		return nil
	}
	return c
}
