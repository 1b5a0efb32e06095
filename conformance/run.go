package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Case is one rule and how it is tried.
type Case struct {
	Name string // theme/what-happens
	Rule string // the rule, as it is written
	Page string // where it is written

	app func(w *witness) App
	try func(w *witness) error
}

// Result is what became of one case on one adapter.
type Result struct {
	Case   Case
	Err    error  // nil: it passed
	Exempt string // the reason, where the harness exempts it
}

// Failed tells a failure: a case that should have passed and did not, or an exempt one that did.
func (r Result) Failed() bool { return (r.Err != nil) == (r.Exempt == "") }

// Report is the outcome of a whole run.
type Report struct {
	Adapter string
	Results []Result
}

// Err is nil when the run had no failure.
func (r Report) Err() error {
	var errs []error
	for _, result := range r.Results {
		if result.Failed() {
			errs = append(errs, fmt.Errorf("%s: %s: %w", r.Adapter, result.Case.Name, result.problem()))
		}
	}
	return errors.Join(errs...)
}

func (r Result) problem() error {
	if r.Err == nil {
		return fmt.Errorf("exempt (%s), but it passed: take the exemption away", r.Exempt)
	}
	return fmt.Errorf("\nrule   %s\n       %s\n%w", r.Case.Rule, r.Case.Page, r.Err)
}

// Run tries every case as a subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	require.NoError(t, h.check())
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			if r := h.run(t.Context(), c); r.Failed() {
				t.Error(r.problem())
			}
		})
	}
}

// Check tries every case and reports. The error is nil when each passed, or failed with an exemption.
func Check(ctx context.Context, h Harness) (Report, error) {
	report := Report{Adapter: h.Name}
	if err := h.check(); err != nil {
		return report, err
	}
	for _, c := range Cases() {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("the run was cut off after %d cases: %w", len(report.Results), err)
		}
		report.Results = append(report.Results, h.run(ctx, c))
	}
	return report, report.Err()
}

func (h Harness) check() error {
	if h.Name == "" || h.Serve == nil {
		return errors.New("conformance: a Harness needs a Name and Serve")
	}
	known := map[string]bool{}
	for _, c := range Cases() {
		known[c.Name] = true
	}
	for name, reason := range h.Exempt {
		if !known[name] || strings.TrimSpace(reason) == "" {
			return fmt.Errorf("conformance: the exemption of %q needs a reason and the name of a case", name)
		}
	}
	return nil
}

func (h Harness) run(ctx context.Context, c Case) (r Result) {
	r = Result{Case: c, Exempt: h.Exempt[c.Name]}
	w := newWitness(ctx)
	addr, stop, err := h.Serve(c.app(w))
	if err != nil {
		r.Err = fmt.Errorf("the harness could not serve: %w", err)
		return r
	}
	defer stop()
	w.addr = addr
	r.Err = c.try(w)
	return r
}
