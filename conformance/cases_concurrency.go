package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
)

const (
	connections = 32
	identities  = 1000
)

// concurrencyCases detect identities that mix between requests. They do not need the race detector.
func concurrencyCases() []Case {
	return []Case{
		crowdCase(Case{
			Name: "concurrency/identities-do-not-mix", Page: pageContract,
			Rule: "Requests never share a security context, so identities do not mix.",
			Why:  "Under load a user sees the data of another user, and no test with one client finds it.", needs: identityEcho,
		}),
		{
			Name: "concurrency/pipelined", Page: pageContract,
			Rule: "Requests that are sent ahead of their answers are decided one by one, in order (RFC 9112, section 9.3.2).",
			Why: "If a verdict is kept for the connection, everybody behind the same proxy is served as the first " +
				"user.", needs: protectedPath, meant: Choice,
			app: one(chain(tokens)), try: pipelined,
		},
		{
			Name: "concurrency/nothing-left-on-the-connection", Page: pageContract,
			Rule: "Nothing of a request is left for the next one on its connection.",
			Why:  "The guest who comes next on a shared connection is served as the user before.", needs: identityEcho,
			app: one(chain(core.Optional(), tokens)),
			try: nothingLeft,
		},
		revokedCase(),
	}
}

// pipelined sends all requests before it reads an answer.
func pipelined(w *witness) error {
	s, err := w.dial()
	if err != nil {
		return err
	}
	defer s.close()
	users := []string{"ann", nobody, "bob", nobody, "ann", "eve"}
	var all strings.Builder
	for _, user := range users {
		r := get("/x")
		if user != nobody {
			r = get("/x", bearer("user:"+user))
		}
		all.WriteString(w.at.outgoing(r).wire("keep-alive"))
	}
	if _, err := io.WriteString(s.conn, all.String()); err != nil {
		return err
	}
	for i, user := range users {
		got, err := read(s.in, "GET")
		if err != nil {
			return fmt.Errorf("answer %d of %d: %w", i+1, len(users), err)
		}
		expected := step{send: get("/x", bearer("user:"+user)), want: servedTo(user)}
		if user == nobody {
			expected = step{send: get("/x"), want: anonymous}
		}
		if err := w.at.answers(expected, got); err != nil {
			return fmt.Errorf("answer %d of %d\n%w", i+1, len(users), err)
		}
	}
	return nil
}

// nothingLeft sends requests with and without a credential over one connection.
func nothingLeft(w *witness) error {
	s, err := w.dial()
	if err != nil {
		return err
	}
	defer s.close()
	for i, user := range []string{"ann", nobody, "bob", nobody, nobody, "ann"} {
		r := get("/x")
		if user != nobody {
			r = get("/x", bearer("user:"+user))
		}
		got, err := s.send(r)
		if err != nil {
			return err
		}
		if got.body != "for "+user {
			return fmt.Errorf("request %d on the connection\nsent   %s\ngot    %s\nwant   for %s", i+1, r.text(), got, user)
		}
	}
	return nil
}

// crowd counts what the handlers see while many identities share few connections.
type crowd struct {
	mixed   atomic.Int64 // handlers that saw another identity
	later   atomic.Int64 // goroutines that outlive their handler and saw another identity
	waiting sync.WaitGroup
	served  atomic.Int64
	release chan struct{}
}

func (c *crowd) handle(ctx context.Context, header func(string) string) Reply {
	auth, ok := core.AuthFrom(ctx)
	expected := strings.Clone(header("X-Expect"))
	if !ok || auth.UserID() != expected || auth.Username() != "name of "+expected {
		c.mixed.Add(1)
	}
	if c.served.Add(1)%20 == 0 { // some handlers leave a goroutine, which looks again after the last request
		user := auth.UserID()
		c.waiting.Go(func() {
			<-c.release
			again, ok := core.AuthFrom(ctx)
			if !ok || again.UserID() != expected || user != expected {
				c.later.Add(1)
			}
		})
	}
	return Reply{Status: 200, Body: "for " + auth.UserID()}
}

// problem waits for the goroutines that handlers have left, and returns an error if an identity was mixed up or a request was
// not served.
func (c *crowd) problem(sent int) error {
	close(c.release)
	c.waiting.Wait()
	var errs []error
	if n, m := c.mixed.Load(), c.later.Load(); n+m > 0 {
		errs = append(errs, fmt.Errorf("of %d requests, %d handlers and %d later goroutines saw another identity",
			c.served.Load(), n, m))
	}
	if served := c.served.Load(); served != int64(sent) {
		errs = append(errs, fmt.Errorf("%d of %d requests were served", served, sent))
	}
	return errors.Join(errs...)
}

// crowdCase sends the requests of a thousand identities over 32 connections, between refused and anonymous ones.
func crowdCase(base Case) Case {
	var c *crowd
	base.app = func(*witness) App {
		c = &crowd{release: make(chan struct{})}
		identify := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, q core.Request, _ core.Response) error {
			token, err := core.BearerToken(q)
			if err != nil || token == "" {
				return err
			}
			user, ok := strings.CutPrefix(token, "user:")
			if !ok {
				return core.Unauthorized("invalid token")
			}
			return sc.SetAuth(core.NewAuth(core.AuthData{UserID: user, Username: "name of " + user}))
		})
		return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: chain(identify), Handle: c.handle}}}
	}
	base.try = func(w *witness) error {
		errs := make([]error, connections)
		var clients sync.WaitGroup
		for i := range connections {
			clients.Go(func() { errs[i] = visit(w, i) })
		}
		clients.Wait()
		errs = append(errs, w.at.inspect(func() error { return c.problem(identities * w.at.rounds()) }))
		return errors.Join(errs...)
	}
	return base
}

// visit sends the requests of one connection.
func visit(w *witness, share int) error {
	s, err := w.dial()
	if err != nil {
		return err
	}
	defer s.close()
	for n := share; n < identities*w.at.rounds(); n += connections {
		user := strconv.Itoa(n % identities)
		user = strings.Repeat("u", n%7) + user // of different lengths, so that reused buffers overlap
		for _, one := range []struct {
			send request
			want string
		}{
			{get("/x", bearer("user:"+user), "X-Expect: "+user), "200 for " + user},
			{interlude(n), interludeWant(n)},
		} {
			if one.send.method == "" {
				continue
			}
			got, err := s.send(one.send)
			if err != nil {
				return err
			}
			if have := strconv.Itoa(got.status) + " " + got.body; have != one.want {
				return fmt.Errorf("sent   %s\ngot    %s\nwant   %s", one.send.text(), have, one.want)
			}
		}
	}
	return nil
}

// interlude returns a request that is refused, every third time, and an empty one at other times.
func interlude(n int) request {
	switch n % 6 {
	case 0:
		return get("/x", bearer("bad-"+strconv.Itoa(n)))
	case 3:
		return get("/x")
	}
	return request{}
}

func interludeWant(n int) string {
	if n%6 == 0 {
		return "401 " + invalidToken.body
	}
	return "401 " + anonymous.body
}
