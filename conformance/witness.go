package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// witness runs one case. It records which handlers of the app run, and for whom.
type witness struct {
	ctx      context.Context
	at       deployment
	patience time.Duration // bounds each wait for the server

	log  journal
	told atomic.Int64 // the decisions that an Observer was told of
	runs
}

// Decision implements [core.Observer].
func (w *witness) Decision(context.Context, core.Event) { w.told.Add(1) }

// journal collects log records. It is safe for concurrent use.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) lines() int { return strings.Count(j.String(), "\n") }

// handle is the usual handler. It records for whom it runs, and answers with the user.
func (w *witness) handle(ctx context.Context, _ func(string) string) Reply {
	user := nobody
	if auth, ok := core.AuthFrom(ctx); ok {
		user = auth.UserID()
	}
	w.saw(user)
	return Reply{Status: 200, Body: "for " + user}
}

// want is what a request must lead to.
type want struct {
	status    int
	challenge string // the value of WWW-Authenticate; empty: no such field
	body      string
	user      string // for whom the handler runs; empty: the handler does not run
	retry     string // the value of Retry-After
	own       bool   // the answer is the provider's own, without the headers that core sets
	server    bool   // the server may refuse the request before any handler, with an answer of its own: see server.go
}

// step is one request and what it must lead to.
type step struct {
	send request
	want want
}

// await waits for an event, and returns an error with the message if it does not happen.
func (w *witness) await(event <-chan struct{}, message string) error {
	select {
	case <-event:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-time.After(w.patience / 2):
		return errors.New(message)
	}
}

// hasHeaders returns an error unless the answer has all these field lines.
func (w *witness) hasHeaders(r request, lines ...string) error {
	got, err := w.once(r)
	if err != nil {
		return err
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if !slices.Contains(got.header.Values(name), value) {
			return fmt.Errorf("sent   %s\ngot    %s: %q\nwant   %s", r.text(), name, got.header.Values(name), line)
		}
	}
	return nil
}

// steps returns the try function of a case that sends one request after another.
func steps(all ...step) func(*witness) error {
	return func(w *witness) error {
		var errs []error
		for _, s := range all {
			errs = append(errs, w.expect(s))
		}
		return errors.Join(errs...)
	}
}

func (w *witness) expect(s step) error {
	w.take()
	got, err := w.once(s.send)
	if err != nil {
		return fmt.Errorf("sent   %s\ngot    %w\nwant   %s", s.send.text(), err, s.want)
	}
	runs := w.at.ranFor(got)
	problem := s.want.differs(got, runs, s.send.method)
	if s.want.server && !got.fromChain() {
		problem = got.notRefused(runs, w.at.outgoing(s.send))
	}
	if problem != "" {
		return fmt.Errorf("sent   %s\ngot    %s, handler ran for %v\nwant   %s\nso     %s",
			s.send.text(), got, runs, s.want, problem)
	}
	return nil
}

func (w want) differs(got *answer, runs []string, method string) string {
	switch {
	case got.status != w.status:
		return "the status differs"
	case w.user == "" && len(runs) > 0:
		return "the handler ran"
	case w.user != "" && !slices.Equal(runs, []string{w.user}):
		return "the handler did not run exactly once, for " + w.user
	case got.trailed:
		return "there are bytes behind the response"
	case method == http.MethodHead && got.body != "":
		return "the answer to HEAD has a body"
	case method != http.MethodHead && got.body != w.body:
		return "the body differs"
	case w.user != "" || w.own:
		return ""
	}
	for name, value := range map[string][]string{
		"Www-Authenticate":       list(w.challenge),
		"Content-Type":           {"application/json; charset=utf-8"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
		"Retry-After":            list(w.retry),
	} {
		if !slices.Equal(got.header.Values(name), value) {
			return fmt.Sprintf("the header %s is %q, not %q", name, got.header.Values(name), value)
		}
	}
	return ""
}

func list(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func (r request) text() string {
	return strings.TrimSpace(strings.Join(append([]string{r.method + " " + r.target}, r.headers...), " | "))
}

func (a *answer) String() string {
	return fmt.Sprintf("%d %q %s", a.status, a.header.Values("Www-Authenticate"), a.body)
}

func (w want) String() string {
	switch {
	case w.user != "":
		return fmt.Sprintf("%d, handler runs for %s", w.status, w.user)
	case w.server:
		w.server = false
		return w.String() + ", or a refusal of the server's own"
	}
	return fmt.Sprintf("%d %q %s, handler does not run", w.status, w.challenge, w.body)
}
