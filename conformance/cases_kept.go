package conformance

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

// revokedCase has a provider that revokes a token, and a client that keeps its connection.
func revokedCase() Case {
	var revoked atomic.Bool
	revoke := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		if revoked.Load() {
			return core.Unauthorized("invalid token")
		}
		return nil
	})
	return Case{
		Name: "concurrency/revoked-on-the-connection", Page: pageContract,
		Rule: "No verdict is kept for a connection: a token may be revoked between two requests on it.",
		Why:  "A user who was locked out stays in for as long as the connection is open.", needs: ownProvider,
		app: one(chain(revoke, tokens)),
		try: func(w *witness) error {
			s, err := w.dial()
			if err != nil {
				return err
			}
			defer s.close()
			for i, now := range []bool{false, true, true, false, true} {
				revoked.Store(now)
				got, err := s.send(get("/x", bearer("user:ann")))
				if err != nil {
					return err
				}
				want := map[bool]string{false: "for ann", true: invalidToken.body}[now]
				if got.body != want {
					return fmt.Errorf("request %d on the connection, revoked: %t\ngot    %s\nwant   %s", i+1, now, got, want)
				}
			}
			return nil
		},
	}
}

// keptHTTPRequest has a handler of net/http that keeps its first request, and reads it while later ones are served.
func keptHTTPRequest() Case {
	var mu sync.Mutex
	var kept *http.Request
	look := func(r *http.Request) string {
		mu.Lock()
		defer mu.Unlock()
		if kept == nil {
			kept = r
		}
		auth, _ := core.AuthFrom(kept.Context())
		return auth.UserID() + " " + kept.Method + " " + kept.URL.RequestURI() + " " + kept.Header.Get("X-Mark")
	}
	return Case{
		Name: "handlers/keeps-its-request", Page: pageContract,
		Rule: "A handler that keeps its *http.Request does not find another client's request in it.",
		Why:  "A task in the background reads the address and the user of a request that came later.", needs: ownHandler,
		app: func(w *witness) App {
			h := w.serveHTTP(look)
			return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(tokens), HTTP: h},
				{Method: "POST", Path: "/x", Chain: chain(tokens), HTTP: h}}}
		},
		try: func(w *witness) error {
			mu.Lock()
			kept = nil
			mu.Unlock()
			s, err := w.dial()
			if err != nil {
				return err
			}
			defer s.close()
			for _, r := range []request{
				get("/x?a=1", bearer("user:ann"), "X-Mark: ann"), get("/x?b=2", bearer("user:bob"), "X-Mark: bob").as("POST"),
				get("/x", bearer("user:eve"), "X-Mark: eve"),
			} {
				got, err := s.send(r)
				if err != nil {
					return err
				}
				user := r.headers[1][len("X-Mark: "):]
				if want := "for " + user + " ann GET /x?a=1 ann"; got.body != want {
					return fmt.Errorf("sent   %s\ngot    %s\nwant   %s (the end is the first request)", r.text(), got, want)
				}
			}
			return nil
		},
	}
}
