// Command policies compares decisions of this library and two peers with few policies and with many.
//
//	go run ./policies   # in the directory of the module: writes POLICIES.md
package main

import (
	"fmt"
	"log"
	"os"
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

// measure returns the page.
func measure() (string, error) {
	var modules []string
	var rows [][]string
	for _, e := range engines {
		modules = append(modules, e.module)
		for _, matches := range []bool{true, false} {
			row, err := measureEngine(e, matches)
			if err != nil {
				return "", fmt.Errorf("%s: %w", e.name, err)
			}
			rows = append(rows, row)
		}
	}
	head := []string{"", "request", "10 policies", "10,000 policies", "times", "allocations with many"}
	return fmt.Sprintf(text, page.Table(head, rows), "- "+strings.Join(machine.Lines(modules), "\n- ")), nil
}

const text = `# Decisions with many policies

Written by "go run ./policies" in this directory. Each policy lets one role read one path, and every second path ends with a
wildcard. The request is one that the last policy allows, or one that no policy matches. The time is the best of several rounds.

%s
%s
`

func measureEngine(e engine, matches bool) ([]string, error) {
	request := "no policy matches"
	if matches {
		request = "the last policy allows"
	}
	row := []string{e.name, request}
	var times [2]time.Duration
	var allocations float64
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
		times[i] = fastest(func() { _, _ = d(role, path) })
		allocations = testing.AllocsPerRun(3, func() { _, _ = d(role, path) })
		row = append(row, times[i].String())
	}
	ratio := float64(times[1]) / float64(times[0])
	return append(row, fmt.Sprintf("%.1f", ratio), fmt.Sprintf("%.0f", allocations)), nil
}

// fastest returns the time of a call, in the best of several rounds.
func fastest(f func()) (best time.Duration) {
	const rounds, budget = 5, 50 * time.Millisecond
	for range rounds {
		start, calls := time.Now(), 0
		for calls == 0 || time.Since(start) < budget {
			for range 1 + calls { // the clock is asked seldom
				f()
			}
			calls += 1 + calls
		}
		if d := time.Since(start) / time.Duration(calls); best == 0 || d < best {
			best = d
		}
	}
	return best
}
