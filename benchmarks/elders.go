package main

import (
	"math"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

// elders maps the framework of each newer adapter to that of the adapter it is compared with. For Gin there is no adapter of an
// earlier version: its adapter is compared with that of Echo, which also keeps the request in a context of its own.
var elders = map[string]string{"echo v5": "echo", "gin": "echo", "fiber v3": "fiber"}

// elderFrameworks are the frameworks of elders, in the order of the table.
var elderFrameworks = []string{"echo", "echo v5", "gin", "fiber", "fiber v3"}

// newer returns the stacks of a framework with a newer adapter: the bare handler, the middleware that does nothing, and ours.
func newer(framework string, plain, passing, secured func(*issuer) (server, error)) []*stack {
	return []*stack{
		{framework: framework, name: "bare", kind: bare, build: plain},
		{framework: framework, name: "no-op", kind: noop, build: passing},
		{framework: framework, name: "ours", kind: ours, build: secured},
	}
}

// elderRequests are the requests that the adapters are compared with: one whose token is in the cache, and one that is refused.
var elderRequests = []string{"valid", "missing"}

// elders measures the newer adapters and their elders in many short passes that alternate. The fastest pass counts: other
// programs on the machine only make a pass slower, so the ratios hold on a busy machine, too.
func (b *bench) elders() error {
	i, err := newIssuer("RS256")
	if err != nil {
		return err
	}
	token, err := i.token(nil)
	if err != nil {
		return err
	}
	passes := &bench{run: b.run, only: b.only, passes: 90, sample: time.Millisecond}
	for _, request := range elderRequests {
		authorization, check := bearer(token), good
		if request == "missing" {
			authorization, check = "", refused
		}
		var tasks []*task
		for _, framework := range elderFrameworks {
			for _, name := range []string{"bare", "no-op", "ours"} {
				s := find(framework + " " + name)
				if !b.wants("elders/"+request, s.String()) {
					continue
				}
				p, err := i.ready(s, authorization, check)
				if err != nil {
					return err
				}
				tasks = append(tasks, alone("elders/"+request, s.String(), repeat(p)))
			}
		}
		passes.all(tasks)
	}
	return nil
}

// fastest returns the least of the samples of a figure. It is NaN if there are none.
func (r *run) fastest(subject, stack, metric string) float64 {
	samples := r.samples[figure{subject, stack, metric}]
	if len(samples) == 0 {
		return math.NaN()
	}
	return slices.Min(samples)
}

// cost returns what an adapter costs, by the fastest pass: the difference of ours to a middleware that does nothing. The cost of
// a refusal is all that ours takes, since the handler does not run.
func (r *run) cost(framework, request, metric string) float64 {
	subject := "elders/" + request
	all := r.fastest(subject, framework+" ours", metric)
	if request == "missing" {
		return all
	}
	return all - r.fastest(subject, framework+" no-op", metric)
}

// toElder returns the time that a newer adapter costs, as a multiple of the time that its elder costs.
func (r *run) toElder(framework, request string) float64 {
	return r.cost(framework, request, "ns") / r.cost(elders[framework], request, "ns")
}

// elders returns the table of the newer adapters and their elders.
func (r report) elders() string {
	var rows [][]string
	for _, request := range elderRequests {
		for _, framework := range elderFrameworks {
			row := []string{map[string]string{"valid": "cached token", "missing": "no token"}[request] + ", " + framework}
			for _, name := range []string{"bare", "no-op", "ours"} {
				row = append(row, whole(r.of(name == "ours", func(one *run) float64 {
					return one.fastest("elders/"+request, framework+" "+name, "ns")
				})))
			}
			for _, metric := range []string{"ns", "allocs"} {
				row = append(row, whole(r.of(true, func(one *run) float64 { return one.cost(framework, request, metric) })))
			}
			rows = append(rows, append(row, times(r.of(true, func(one *run) float64 { return one.toElder(framework, request) }))))
		}
	}
	return page.Table([]string{"request, framework", "bare, ns", "no-op, ns", "ours, ns", "cost, ns", "cost, allocs",
		"cost to elder"}, rows) + eldersNote
}

const eldersNote = `
Each time is that of the fastest of 90 passes of a millisecond, which alternate between all rows. "Cost" is the difference to a
middleware that does nothing; for a request without a token, which is refused before the handler, all that ours takes. The elder
of Echo v5 and Gin is Echo v4, and that of Fiber v3 is Fiber v2.
`
