package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// frontCases are about middleware in front of a chain and handlers behind it.
func frontCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		{
			Name: "front/headers-survive", Page: pageClient,
			Rule: "Headers that middleware in front has set survive a refusal.",
			Why: "A browser hides a refusal without CORS headers from its page, which then reports a network error " +
				"instead of asking for a login.", needs: ownRoutes,
			app: func(w *witness) App {
				return App{Front: func(ctx context.Context, _ func(string) string) (context.Context, Reply) {
					return ctx, Reply{Header: map[string]string{
						"Access-Control-Allow-Origin": "*", "X-Request-Id": "7", "Www-Authenticate": "Basic"}}
				}, Routes: one(chain(tokens))(w).Routes}
			},
			try: func(w *witness) error {
				return errors.Join(
					w.hasHeaders(get("/x"), "Access-Control-Allow-Origin: *", "X-Request-Id: 7", "Cache-Control: no-store",
						"Www-Authenticate: Basic", "Www-Authenticate: "+anonymous.challenge),
					w.hasHeaders(get("/x", ann), "Access-Control-Allow-Origin: *", "X-Request-Id: 7"))
			},
		},
		{
			Name: "front/preflight", Page: pageContract,
			Rule: "A CORS preflight that middleware in front answers does not reach the chain. Every other request does.",
			Why: "Browsers send no token with a preflight, so a page of another origin cannot use the service at " +
				"all.", needs: ownRoutes,
			app: func(w *witness) App {
				c := chain(tokens)
				return App{Chain: c, Front: preflight, Routes: []Route{
					{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle},
					{Method: "OPTIONS", Path: "/x", Guard: Bare, Handle: w.handle},
				}}
			},
			try: steps(
				step{get("/x", "Access-Control-Request-Method: GET").as("OPTIONS"), want{status: 204, own: true}},
				step{get("/x").as("OPTIONS"), anonymous}, step{get("/x", ann).as("OPTIONS"), servedTo("ann")},
				step{get("/x", "Origin: http://a.test"), anonymous}, step{get("/x", ann), servedTo("ann")},
			),
		},
		{
			Name: "context/parent-survives", Page: pageContract,
			Rule: "Providers and the handler find in the context what middleware in front has put there.",
			Why:  "Traces and deadlines end at the check, and a slow request cannot be followed or stopped.", needs: ownHandler,
			app: contextualApp,
			try: steps(step{get("/x", ann, "X-Value: a"), want{status: 200, body: "a for ann", user: "ann"}},
				step{get("/x", ann, "X-Value: b"), want{status: 200, body: "b for ann", user: "ann"}},
				step{get("/x", ann, "X-Value: other"), internal}),
		},
		streamCase(),
	}
}

func preflight(ctx context.Context, header func(string) string) (context.Context, Reply) {
	if header("Access-Control-Request-Method") != "" {
		return ctx, Reply{Status: 204}
	}
	return ctx, Reply{}
}

// contextualApp puts a value into the context in front of the chain. A provider and the handler look for it.
func contextualApp(w *witness) App {
	type key struct{}
	peek := core.ProviderFunc(func(ctx context.Context, _ core.SecurityContext, _ core.Request, _ core.Response) error {
		if v, _ := ctx.Value(key{}).(string); v != "a" && v != "b" {
			return errSecret
		}
		return nil
	})
	return App{
		Front: func(ctx context.Context, header func(string) string) (context.Context, Reply) {
			return context.WithValue(ctx, key{}, strings.Clone(header("X-Value"))), Reply{}
		},
		Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(peek, tokens),
			Handle: func(ctx context.Context, header func(string) string) Reply {
				reply := w.handle(ctx, header)
				v, _ := ctx.Value(key{}).(string)
				reply.Body = v + " " + reply.Body
				return reply
			}}},
	}
}

// streamCase has a handler that writes its second part after the client has received the first.
func streamCase() Case {
	var next chan struct{}
	return Case{
		Name: "routes/streaming", Page: pageContract,
		Rule: "A guarded handler can flush: the client has the first part before the second is written.",
		Why:  "Events and progress arrive all at once at the end, and clients give up before.", needs: ownHandler,
		app: func(w *witness) App {
			next = make(chan struct{})
			stream := func(yield func(string) bool) {
				if yield("first\n") && w.await(next, "") == nil {
					yield("second\n")
				}
			}
			return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(tokens),
				Handle: func(ctx context.Context, header func(string) string) Reply {
					reply := w.handle(ctx, header)
					return Reply{Status: reply.Status, Stream: stream}
				}}}}
		},
		try: func(w *witness) error {
			if err := w.expect(step{get("/x"), anonymous}); err != nil {
				return err
			}
			s, err := w.dial()
			if err != nil {
				return err
			}
			defer s.close()
			if _, err := io.WriteString(s.conn, get("/x", bearer("user:ann")).wire("close")); err != nil {
				return err
			}
			var got strings.Builder
			for _, part := range []string{"first\n", "second\n"} {
				for !strings.Contains(got.String(), part) {
					line, err := s.in.ReadString('\n')
					if got.WriteString(line); err != nil {
						return fmt.Errorf("got    %q and then %w\nwant   %q next", got.String(), err, part)
					}
				}
				if part == "first\n" {
					close(next)
				}
			}
			return nil
		},
	}
}
