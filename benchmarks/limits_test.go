//go:build !race

// Under the race detector, sync.Pool drops items at random and some code slows down more than other code. So allocations and
// times are measured without it.

package main

import (
	"io"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"
)

// allocations holds the limits of the allocations of a request, without those of its framework.
var allocations = []struct {
	request, stack string
	limit          float64
}{
	{"good", "net/http ours, no cache", 18},
	{"good", "net/http ours", 2},
	{"good", "echo ours", 2},
	{"good", "echo v5 ours", 2},
	{"good", "gin ours", 2},
	{"good", "fiber ours", 1},
	{"good", "fiber v3 ours", 1},
	{"missing", "net/http ours", 3}, // the context of the providers, and the headers and body of the answer
	{"missing", "echo ours", 2},
	{"missing", "fiber ours", 2},
	{"missing", "fiber v3 ours", 2},
	{"garbage1M", "net/http ours", 3},
	{"garbage1M", "echo ours", 1},
	{"garbage1M", "fiber ours", 2},
}

func TestAllocations(t *testing.T) {
	i := must(newIssuer("RS256"))
	requests := map[string]string{"good": bearer(must(i.token(nil)))}
	for _, r := range must(badRequests(i)) {
		requests[r.name] = r.authorization
	}
	count := func(stack, request string) float64 {
		check := refused
		if request == "good" {
			check = good
		}
		return testing.AllocsPerRun(200, must(i.ready(find(stack), requests[request], check)).request)
	}
	for _, c := range allocations {
		t.Run(c.stack+" "+c.request, func(t *testing.T) {
			framework := base(find(c.stack).framework)
			own, all := count(framework, c.request), count(c.stack, c.request)
			if all-own > c.limit {
				t.Errorf("%s allocates %v times for a %s token, and %s %v times: the difference is %v, and the limit %v",
					c.stack, all, c.request, framework, own, all-own, c.limit)
			}
		})
	}
}

// TestWhatIsTimedIsChecked sends bad requests to the stacks that are timed, after a valid token that their caches keep.
func TestWhatIsTimedIsChecked(t *testing.T) {
	i := must(newIssuer("RS256"))
	var all []bad
	for _, p := range must(probes(i)) {
		if p.name != nothingWrong {
			all = append(all, bad(p))
		}
	}
	all = append(all, must(badRequests(i))...)
	for _, s := range append(stacks(), recording()) {
		if !s.isOurs() {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			p := must(i.ready(s, bearer(must(i.token(nil))), good))
			for _, r := range all {
				p.authorization(r.authorization)
				p.request()
				status, body := p.answer()
				if err := refused(s, status, body); err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
			}
		})
	}
}

// TestTimeToLimit compares our times with the signature check alone, within one run. The limits are generous, and a time is the
// fastest of many short passes, because other programs on the machine only make a pass slower: so the test does not fail on a slow
// machine, or on a busy one. A lower limit finds code that checks no signature.
func TestTimeToLimit(t *testing.T) {
	limits := map[string]struct{ low, high float64 }{"net/http ours, no cache": {0.9, 1.6}, "net/http ours": {0, 0.2}}
	i := must(newIssuer("RS256"))
	b := &bench{run: newRun(nil), only: regexp.MustCompile(""), passes: 90, sample: time.Millisecond, log: io.Discard}
	tasks := []*task{}
	for _, stack := range []string{"limit L1", "net/http ours, no cache", "net/http ours"} {
		p := must(i.ready(find(stack), bearer(must(i.token(nil))), good))
		tasks = append(tasks, alone("valid", stack, repeat(p)))
	}
	b.all(tasks)
	fastest := func(stack string) float64 { return slices.Min(b.run.samples[figure{"valid", stack, "ns"}]) }
	for stack, limit := range limits {
		ratio := fastest(stack) / fastest("limit L1")
		if ratio < limit.low || ratio > limit.high {
			t.Errorf("%s takes %.2f times as long as the signature check alone, want %.1f to %.1f", stack, ratio,
				limit.low, limit.high)
		}
	}
}

// TestSeventhProvider compares a known token of the last of seven providers with one of the first. The goal is 1.2, and the limit
// is generous, as in TestTimeToLimit. Without a search for the owner, the ratio was above 7.
func TestSeventhProvider(t *testing.T) {
	i := must(newIssuer("RS256"))
	b := &bench{run: newRun(nil), only: regexp.MustCompile(""), passes: 90, sample: time.Millisecond, log: io.Discard}
	tasks := []*task{}
	for k, name := range []string{"first", "last"} {
		s := &stack{framework: "net/http", name: name, kind: observed, build: oneOfSeven(6 * k)}
		tasks = append(tasks, alone("seven", name, repeat(must(i.ready(s, bearer(must(i.token(nil))), good)))))
	}
	b.all(tasks)
	fastest := func(stack string) float64 { return slices.Min(b.run.samples[figure{"seven", stack, "ns"}]) }
	if ratio := fastest("last") / fastest("first"); ratio > 1.5 {
		t.Errorf("a known token of the last provider takes %.2f times as long as one of the first", ratio)
	}
}

// TestElders holds each newer adapter to its elder: no more allocations, and not much more time. As in TestTimeToLimit, the limit
// is generous, and the fastest of many short passes counts, which are those of the report. The layout of the program alone
// changes a time by 10 %.
func TestElders(t *testing.T) {
	const limit = 1.4
	b := &bench{run: newRun(nil), only: regexp.MustCompile(""), log: io.Discard}
	if err := b.elders(); err != nil {
		t.Fatal(err)
	}
	for framework, elder := range elders {
		for _, request := range elderRequests {
			allocs, most := math.Round(b.run.cost(framework, request, "allocs")), math.Round(b.run.cost(elder, request, "allocs"))
			if !(allocs <= most) {
				t.Errorf("%s, %s token: the adapter of %s costs %v allocations, and that of %s %v", framework, request, framework,
					allocs, elder, most)
			}
			if ratio := b.run.toElder(framework, request); !(ratio <= limit) {
				t.Errorf("%s, %s token: the adapter costs %.2f times the time of that of %s, want %.2f at most", framework, request,
					ratio, elder, limit)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
