package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// report tells what one run or several showed.
type report struct{ runs []*run }

func reportOf(runs []*run) report { return report{runs: runs} }

// writeReport makes the report anew of all runs that a directory has.
func writeReport(dir string) error {
	runs, err := readRuns(dir)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return fmt.Errorf("no run in %s: start one without flags", filepath.Join(dir, "raw"))
	}
	r := reportOf(runs)
	if err := os.WriteFile(filepath.Join(dir, "chart.svg"), []byte(r.chart()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "RESULTS.md"), []byte("# Results\n\n"+intro+r.text()), 0o600)
}

const intro = "Written by `go run .` in this directory, of the runs in [raw](raw). Only ratios inside one run count: the clock " +
	"depends on the machine and on what else ran on it.\n\n![What securing a handler adds to a request](chart.svg)\n\n"

// text has the parts of which something was measured.
func (r report) text() string {
	var b strings.Builder
	for _, part := range []struct {
		title, subject string
		text           func() string
	}{
		{"Goals", "", r.goals},
		{"A good token, RS256", "valid/RS256", r.valid},
		{"A good token, other algorithms", "valid/", r.others},
		{"Bad requests", "rejected/", r.rejected},
		{"Many tokens in random order", "cached/", r.cached},
		{"Two cores", "parallel/", r.parallel},
		{"Many keys", "lookup/", r.lookups},
		{"Loopback", "loopback", r.loopback},
		{"What is checked", "checks/", r.checks},
		{"How it is measured", "", r.method},
	} {
		if r.has(part.subject) {
			fmt.Fprintf(&b, "## %s\n\n%s\n", part.title, part.text())
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// whole tells a report of runs that measured all there is.
func (r report) whole() bool {
	return !slices.ContainsFunc(r.runs, func(one *run) bool { return !slices.Contains(one.head, allMeasured) })
}

func (r report) has(subject string) bool {
	return slices.ContainsFunc(r.runs, func(one *run) bool {
		return slices.ContainsFunc(one.order, func(f figure) bool { return strings.HasPrefix(f.subject, subject) })
	})
}

// of is a figure over all runs: of ours the worst of their medians, of others the median.
func (r report) of(isOurs bool, figure func(*run) float64) float64 {
	return r.fold(isOurs, math.Max, figure)
}

// ofMore is the same for a figure of which more is better.
func (r report) ofMore(isOurs bool, figure func(*run) float64) float64 {
	return r.fold(isOurs, math.Min, figure)
}

func (r report) fold(isOurs bool, worse func(a, b float64) float64, figure func(*run) float64) float64 {
	var all []float64
	for _, one := range r.runs {
		if f := figure(one); !math.IsNaN(f) {
			all = append(all, f)
		}
	}
	if !isOurs || len(all) == 0 {
		return median(all)
	}
	worst := all[0]
	for _, f := range all {
		worst = worse(worst, f)
	}
	return worst
}

// plain is a figure as it was measured.
func (r report) plain(subject string, s *stack, metric string) float64 {
	return r.of(s.isOurs(), func(one *run) float64 { return one.get(subject, s.String(), metric) })
}

// toL1 is the time as a multiple of the limit's in the same run.
func (r report) toL1(subject string, s *stack) float64 {
	if !s.secures() && s.kind != limit {
		return math.NaN()
	}
	return r.of(s.isOurs(), func(one *run) float64 {
		return one.get(subject, s.String(), "ns") / one.get(subject, "limit L1", "ns")
	})
}

// added is how much longer the stack takes than its framework does with no check.
func (r report) added(subject string, s *stack) float64 {
	if !s.secures() {
		return math.NaN()
	}
	return r.of(s.isOurs(), func(one *run) float64 { return one.over(subject, s.String(), s.framework, "ns") })
}

// ahead is how many times faster the stack is than the best peer of its framework.
func (r report) ahead(subject string, s *stack) float64 {
	if !s.secures() {
		return math.NaN()
	}
	return r.ofMore(s.isOurs(), func(one *run) float64 {
		return one.bestPeer(subject, s.framework) / one.get(subject, s.String(), "ns")
	})
}

func (r *run) over(subject, stack, framework, metric string) float64 {
	return r.get(subject, stack, metric) - r.get(subject, base(framework), metric)
}

// bestPeer is the time of the fastest one.
func (r *run) bestPeer(subject, framework string) float64 {
	best := math.NaN()
	for _, s := range stacks() {
		if s.kind == peer && s.framework == framework {
			if ns := r.get(subject, s.String(), "ns"); math.IsNaN(best) || ns < best {
				best = ns
			}
		}
	}
	return best
}

// method is the machine, the versions, and what a reader must know of the figures.
func (r report) method() string {
	var b strings.Builder
	for i, one := range r.runs {
		fmt.Fprintf(&b, "Run %d:\n", i+1)
		for _, line := range one.head {
			if i == 0 || !strings.HasPrefix(line, "module: ") || !slices.Contains(r.runs[0].head, line) {
				fmt.Fprintf(&b, "- %s\n", line)
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(howto)
	return b.String()
}

const howto = `- Each figure is the median of the passes. In each pass all stacks are measured one after the other.
- Of several runs the report has the median of theirs for peers, frameworks and limits, and the worst of them for ours.
- Inside the process one request and one response are used again and again; fasthttp's context is reset between two, as its
  server does. A stack's answer is checked before it is timed.
- The process is small, as with go test -bench, so the collector runs often and its work is counted with the garbage that
  caused it. Beside 64 MB of other memory peers took about a tenth less in one run, and a hit from 6 % less to 20 % more.
- None of the peers keeps verified tokens: where ours does, a look is compared with a verification.
- "Over bare" is over the bare handler on net/http, and over a middleware that does nothing on Echo and Fiber.
- All tokens have issuer, audience, subject, times, roles and scopes, and are valid for hours. One of RS256 has about a
  thousand characters. Those for many tokens are of HS256, padded to that length: a hit costs the same by any algorithm.
- On loopback each server is a process of its own with GOMAXPROCS=2. The client has 32 connections that are kept alive, each
  with a token of its own, and GOMAXPROCS=1; it sends the next request when the answer is there. The server says itself how
  much processor time it has used (getrusage). Both share two cores: requests per second and the slowest hundredth mean
  something beside those of bare only.
`
