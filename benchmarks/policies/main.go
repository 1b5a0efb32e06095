// Command policies compares decisions of this library and two peers with few policies and with many.
//
//	go run ./policies   # in the directory of the module: writes POLICIES.md
package main

import (
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/machine"
	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

const (
	pageFile = "POLICIES.md"
	few      = 10
	many     = 10_000
)

func main() {
	log.SetFlags(0)
	text, err := measure()
	if err == nil {
		err = os.WriteFile(pageFile, []byte(text), 0o644) //nolint:gosec // a page of the repository
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Everything is measured in several runs, and in each run several times. The page has the best times, and the lowest and the
// highest ratio of a run.
const runs, rounds = 5, 40

// measure returns the page.
func measure() (string, error) {
	var all []*comparison
	var modules []string
	for _, e := range engines {
		modules = append(modules, e.module)
		for _, matches := range []bool{true, false} {
			c, err := load(e, matches)
			if err != nil {
				return "", fmt.Errorf("%s: %w", e.name, err)
			}
			all = append(all, c)
		}
	}
	for range runs {
		for _, c := range all {
			c.run()
		}
	}
	var rows [][]string
	for _, c := range all {
		rows = append(rows, c.row())
	}
	head := []string{"", "request", "10 policies", "10,000 policies", "times", "allocations with many"}
	return fmt.Sprintf(text, runs, page.Table(head, rows), "- "+strings.Join(machine.Lines(modules), "\n- ")), nil
}

const text = `# Decisions with many policies

Written by "go run ./policies" in this directory. Each policy lets one role read one path, and every second path ends with a
wildcard. The request is one that the last policy allows, or one that no policy matches. A time is the best of %d runs. "Times" is
how many times as long a decision takes with 10,000 policies as with 10 in the same run: the lowest and the highest of all runs.

%s
%s
`

// comparison is an engine with few policies and with many.
type comparison struct {
	engine, request string
	call            [2]func()
	best            [2]time.Duration
	ratios          []float64
	allocations     float64
}

// load returns the comparison for a request that the last policy allows, or that no policy matches.
func load(e engine, matches bool) (*comparison, error) {
	c := &comparison{engine: e.name, request: "no policy matches"}
	if matches {
		c.request = "the last policy allows"
	}
	for i, n := range []int{few, many} {
		d, err := e.load(n)
		if err != nil {
			return nil, err
		}
		role, path := fmt.Sprintf("role%d", n-1), fmt.Sprintf("/svc%d/orders/7", n-1)
		if !matches {
			role, path = "nobody", "/nothing"
		}
		switch allowed, err := d(role, path); {
		case err != nil:
			return nil, err
		case allowed != matches:
			return nil, fmt.Errorf("the decision with %d policies is %v", n, allowed)
		}
		c.call[i] = func() { _, _ = d(role, path) }
	}
	c.allocations = testing.AllocsPerRun(3, c.call[1])
	return c, nil
}

func (c *comparison) run() {
	var times [2]time.Duration
	for range rounds { // in turn, so that a busy machine slows both
		for i, call := range c.call {
			times[i] = shorter(times[i], timeOf(call))
			c.best[i] = shorter(c.best[i], times[i])
		}
	}
	c.ratios = append(c.ratios, float64(times[1])/float64(times[0]))
}

func (c *comparison) row() []string {
	ratio := fmt.Sprintf("%.1f to %.1f", slices.Min(c.ratios), slices.Max(c.ratios))
	return []string{c.engine, c.request, c.best[0].String(), c.best[1].String(), ratio, fmt.Sprintf("%.0f", c.allocations)}
}

// timeOf returns the time of a call, the mean of some milliseconds.
func timeOf(f func()) time.Duration {
	const budget = 5 * time.Millisecond
	start, calls := time.Now(), 0
	for calls == 0 || time.Since(start) < budget {
		for range 1 + calls { // the clock is asked seldom
			f()
		}
		calls += 1 + calls
	}
	return time.Since(start) / time.Duration(calls)
}

// shorter returns the shorter of two times, of which the first may not have been measured yet.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}
