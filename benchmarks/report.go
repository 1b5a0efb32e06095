package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// report formats the results of one or more runs.
type report struct{ runs []*run }

func reportOf(runs []*run) report { return report{runs: runs} }

// writeReport writes RESULTS.md and chart.svg from all runs of a directory.
func writeReport(dir string) error {
	runs, err := readRuns(dir)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return fmt.Errorf("there is no run in %s: run the command without flags first", filepath.Join(dir, "raw"))
	}
	r := reportOf(runs)
	if err := os.WriteFile(filepath.Join(dir, "chart.svg"), []byte(r.chart()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "RESULTS.md"), []byte("# Results\n\n"+intro+r.text()), 0o600)
}

const intro = "Written by `go run .` in this directory, from the runs in [raw](raw). Only ratios within one run are " +
	"meaningful: absolute times depend on the machine and on other programs that use it.\n\n" +
	"![What securing a handler adds to a request](chart.svg)\n\n"

// text returns the parts of the report for which there are results.
func (r report) text() string {
	var b strings.Builder
	for _, part := range []struct {
		title, subject string
		text           func() string
	}{
		{"Goals", "", r.goals},
		{"A valid token, RS256", "valid/RS256", r.valid},
		{"A valid token, other algorithms", "valid/", r.others},
		{"Bad requests", "rejected/", r.rejected},
		{"Many tokens in random order", "cached/", r.cached},
		{"Two cores", "parallel/", r.parallel},
		{"Many keys", "lookup/", r.lookups},
		{"Newer adapters and their elders", "elders/", r.elders},
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

// whole reports whether all runs measured everything.
func (r report) whole() bool {
	return !slices.ContainsFunc(r.runs, func(one *run) bool { return !slices.Contains(one.head, allMeasured) })
}

func (r report) has(subject string) bool {
	return slices.ContainsFunc(r.runs, func(one *run) bool {
		return slices.ContainsFunc(one.order, func(f figure) bool { return strings.HasPrefix(f.subject, subject) })
	})
}

// stacks returns the stacks that the runs have figures of, in the order of the report. A run from before a stack was added has
// none of it.
func (r report) stacks() []*stack {
	return slices.DeleteFunc(stacks(), func(s *stack) bool {
		return !slices.ContainsFunc(r.runs, func(one *run) bool {
			return slices.ContainsFunc(one.order, func(f figure) bool { return f.stack == s.String() })
		})
	})
}

// of combines a figure of all runs: the greatest value, which is the worst, for our stacks, and the median for others.
func (r report) of(isOurs bool, figure func(*run) float64) float64 {
	return r.fold(isOurs, math.Max, figure)
}

// ofMore is of for a figure whose least value is the worst.
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

// plain returns a figure as measured.
func (r report) plain(subject string, s *stack, metric string) float64 {
	return r.of(s.isOurs(), func(one *run) float64 { return one.get(subject, s.String(), metric) })
}

// toL1 returns the time as a multiple of the time of the limit L1 in the same run.
func (r report) toL1(subject string, s *stack) float64 {
	if !s.secures() && s.kind != limit {
		return math.NaN()
	}
	return r.of(s.isOurs(), func(one *run) float64 {
		return one.get(subject, s.String(), "ns") / one.get(subject, "limit L1", "ns")
	})
}

// added returns the time of a stack minus that of its base.
func (r report) added(subject string, s *stack) float64 {
	if !s.secures() {
		return math.NaN()
	}
	return r.of(s.isOurs(), func(one *run) float64 { return one.over(subject, s.String(), s.framework, "ns") })
}

// ahead returns the time of the best peer of the framework as a multiple of the time of a stack.
func (r report) ahead(subject string, s *stack) float64 {
	if !s.secures() {
		return math.NaN()
	}
	return r.ofMore(s.isOurs(), func(one *run) float64 {
		return one.bestPeer(subject, s.framework) / one.get(subject, s.String(), "ns")
	})
}

// over returns a figure of a stack minus that of its base.
func (r *run) over(subject, stack, framework, metric string) float64 {
	return r.get(subject, stack, metric) - r.get(subject, base(framework), metric)
}

// bestPeer returns the time of the fastest peer of a framework.
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

// method returns the machine and the versions of each run, and how the figures are measured.
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
- With several runs, the report shows the median of the runs for peers, frameworks and limits, and the worst run for ours.
- Within the process, one request and one response are reused. fasthttp's context is reset between requests, as its server
  does. The answer of a stack is checked before the stack is timed.
- The process is small, as with go test -bench, so the garbage collector runs often, and its work counts for the code that
  allocates. With 64 MB of other memory, peers took about a tenth less in one run, and a hit between 6 % less and 20 % more.
- None of the peers caches verified tokens: where ours does, a lookup is compared with a verification.
- "Over bare" is the difference to the bare handler on net/http, and to a middleware that does nothing on Echo and Fiber.
- All tokens have issuer, audience, subject, times, roles and scopes, and are valid for hours. A token of RS256 has about a
  thousand characters. The measurements with many tokens use HS256, padded to that length: a hit costs the same for any
  algorithm.
- On loopback, each server is a process of its own with GOMAXPROCS=2. The client has GOMAXPROCS=1 and 32 keep-alive
  connections, each with a token of its own. It sends the next request when it has the answer. The server reports the
  processor time that it has used (getrusage). Both share two cores, so requests per second and the 99th percentile are
  meaningful only relative to those of bare.
`
