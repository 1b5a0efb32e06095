package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Case is one rule with the requests that check it.
type Case struct {
	Name string // theme/what-happens
	Rule string // the rule, quoted word for word
	Page string // where the rule is written: "ARCHITECTURE.md, Paths" is a section, "core.Request.Host" a doc comment
	Why  string // what an attacker or an honest client meets if a service breaks the rule

	needs need     // what a service must have so that the case can be tried by status and challenge alone
	meant Severity // what an error of try means there, if it is not about the status or the challenge of one answer

	app func(w *witness) App
	try func(w *witness) error
}

// Run runs every case as a subtest. If the environment variable CONFORMANCE_REPORT names a directory, Run also writes its
// [Report] there, as JSON. If -run selects only some of the cases, the test is marked as skipped.
func Run(t *testing.T, h Harness) {
	t.Helper()
	require.NoError(t, h.ready(t.Context()))
	report := Report{Adapter: h.Name, Planned: len(Cases())}
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			r := h.run(t.Context(), c)
			report.Results = append(report.Results, r)
			if r.Failed() {
				t.Error(r.problem())
			}
		})
	}
	if dir := os.Getenv("CONFORMANCE_REPORT"); dir != "" {
		require.NoError(t, report.save(dir))
	}
	if len(report.Results) < report.Planned {
		t.Skipf("conformance: only %d of %d cases ran", len(report.Results), report.Planned)
	}
}

// Check runs every case and returns a report. The error is nil if all cases ran, and each of them passed or failed with an
// exemption. When ctx ends, the remaining cases are left out and the error is not nil.
func Check(ctx context.Context, h Harness) (Report, error) { return h.check(ctx, Cases()) }

func (h Harness) check(ctx context.Context, cases []Case) (Report, error) {
	report := Report{Adapter: h.Name, Planned: len(cases)}
	if err := h.ready(ctx); err != nil {
		return report, err
	}
	for _, c := range cases {
		if ctx.Err() != nil {
			break
		}
		report.Results = append(report.Results, h.run(ctx, c))
	}
	return report, errors.Join(report.Err(), ctx.Err())
}

// ready reports what would make every case fail, so that it is reported once.
func (h Harness) ready(ctx context.Context) error {
	if h.Name == "" || h.Serve == nil {
		return errors.New("conformance: a Harness needs a Name and Serve")
	}
	if strings.ContainsAny(h.Name, `/\`) {
		return fmt.Errorf("conformance: the name %q must be usable as a file name: take out the slashes", h.Name)
	}
	known := map[string]bool{}
	for _, c := range Cases() {
		known[c.Name] = true
	}
	for name, reason := range h.Exempt {
		if !known[name] || strings.TrimSpace(reason) == "" {
			return fmt.Errorf("conformance: the exemption of %q needs the name of a case and a reason", name)
		}
	}
	first := Case{app: one(chain(tokens)), try: func(w *witness) error {
		_, err := w.once(get("/x"))
		return err
	}}
	if err := h.run(ctx, first).Err; err != nil {
		return fmt.Errorf("conformance: no case can run on %s: %w", h.Name, err)
	}
	return nil
}

func (h Harness) run(ctx context.Context, c Case) Result {
	r := Result{Case: c, Exempt: h.Exempt[c.Name]}
	w := &witness{ctx: ctx, patience: h.timeout()}
	if r.Exempt != "" { // it is expected to fail, perhaps by waiting
		w.patience = min(w.patience, Harness{}.timeout())
	}
	addr, stop, err := h.serve(ctx, c.app(w))
	if err != nil {
		r.Err = err
		return r
	}
	w.at = inProcess{addr: addr, runs: &w.runs}
	r.Err = errors.Join(c.try(w), h.within(ctx, "stop", stop))
	return r
}

func (h Harness) timeout() time.Duration {
	if h.Timeout > 0 {
		return h.Timeout
	}
	return 5 * time.Second
}

func (h Harness) serve(ctx context.Context, app App) (addr string, stop func(), err error) {
	type served struct {
		addr string
		stop func()
		err  error
	}
	all := make(chan served, 1)
	if err := h.within(ctx, "Serve", func() {
		addr, stop, err := h.Serve(app)
		all <- served{addr, stop, err}
	}); err != nil {
		return "", nil, err
	}
	s := <-all
	switch {
	case s.err != nil:
		return "", nil, fmt.Errorf("the harness failed to serve: %w", s.err)
	case s.addr == "" || s.stop == nil:
		return "", nil, errors.New("the harness must return the address that it listens on and a function that stops it")
	}
	return s.addr, s.stop, nil
}

// within calls a function of the harness. The function is not the suite's own: it may panic, or not return.
func (h Harness) within(ctx context.Context, what string, call func()) error {
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- fmt.Errorf("%s of the harness panicked: %v\n%s", what, p, debug.Stack())
				return
			}
			ended <- nil
		}()
		call()
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * h.timeout()):
		return fmt.Errorf("%s of the harness did not return within %v", what, 2*h.timeout())
	}
}
