package main

import (
	"fmt"
	"math"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

func (r report) valid() string {
	const subject = "valid/RS256"
	var rows [][]string
	for _, s := range r.stacks() {
		rows = append(rows, []string{
			s.String(), micros(r.plain(subject, s, "ns")), times(r.toL1(subject, s)), micros(r.added(subject, s)),
			times(r.ahead(subject, s)), whole(r.plain(subject, s, "allocs")), whole(r.plain(subject, s, "bytes")),
		})
	}
	return page.Table([]string{"stack", "µs", "to L1", "µs over bare", "faster than the best peer", "allocs", "bytes"}, rows)
}

func (r report) others() string {
	var rows [][]string
	for _, s := range r.stacks() {
		row := []string{s.String()}
		for _, alg := range algorithms[1:] {
			row = append(row, micros(r.plain("valid/"+alg, s, "ns")), times(r.toL1("valid/"+alg, s)))
		}
		rows = append(rows, row)
	}
	return page.Table([]string{"stack", "ES256, µs", "to L1", "EdDSA, µs", "to L1", "HS256, µs", "to L1"}, rows)
}

var refusals = []string{"missing", "malformed", "forged", "forged6k", "expired", "garbage8k", "garbage1M", "dots1M"}

const refusalsNote = `
"forged6k" is a forged token with 6 KB of JSON, within the limit of 8 KiB. "garbage" has no dot, and "dots" is nothing but
dots. L1 and bare do not refuse: L1 checks the signature, and bare answers 200. L1 is measured with the same token, so it
takes longer for 8 KiB. Ours logs each refusal except that of a missing token, in all rows but the last to a logger that is
off. The peers log nothing.

`

func (r report) rejected() string {
	var rows, allocs [][]string
	for _, s := range append(r.stacks(), recording()) {
		if s.kind == uncached {
			continue
		}
		row, count := []string{s.String()}, []string{s.String()}
		for _, name := range refusals {
			row = append(row, micros(r.plain("rejected/"+name, s, "ns")))
			count = append(count, r.memory("rejected/"+name, s))
		}
		rows, allocs = append(rows, row), append(allocs, count)
	}
	head := func(first string) []string { return append([]string{first}, refusals...) }
	return page.Table(head("stack, µs"), rows) + refusalsNote + page.Table(head("allocs / bytes"), allocs) + "\n" +
		r.refusalRatios()
}

func (r report) memory(subject string, s *stack) string {
	allocs, bytes := whole(r.plain(subject, s, "allocs")), whole(r.plain(subject, s, "bytes"))
	if allocs == nothing {
		return nothing
	}
	return allocs + " / " + bytes
}

// refusalRatios compares ours with the limit, the framework and the best peer.
func (r report) refusalRatios() string {
	var rows [][]string
	for _, s := range r.stacks() {
		if s.kind != ours {
			continue
		}
		for _, relation := range []struct {
			name string
			of   func(subject string) string
		}{
			{"µs over bare", func(subject string) string { return micros(r.added(subject, s)) }},
			{"faster than the best peer", func(subject string) string { return times(r.ahead(subject, s)) }},
			{"to L1", func(subject string) string { return times(r.toL1(subject, s)) }},
		} {
			row := []string{s.String() + ", " + relation.name}
			for _, name := range refusals {
				row = append(row, relation.of("rejected/"+name))
			}
			rows = append(rows, row)
		}
	}
	return page.Table(append([]string{"ours"}, refusals...), rows)
}

func (r report) cached() string {
	var rows [][]string
	for _, c := range []struct{ subject, name, what string }{
		{"cached/1", "ours", "one token"},
		{"cached/1", "ours, last by type", "one token of the chain's last provider; the first rejects it by its type"},
		{"cached/1", "ours, last by issuer", "the same; the first rejects it by its issuer"},
		{"cached/1", "ours, first of seven", "one token of the first of seven issuers with a provider each"},
		{"cached/1", "ours, last of seven", "one token of the last of them"},
		{"cached/1000", "ours", "1,000 tokens, CacheSize 2,048"},
		{"cached/1000", "ours, as many places", "1,000 tokens, CacheSize 1,000: the cache has sets of eight, so some are misses"},
		{"cached/100000", "ours", "100,000 tokens, CacheSize 200,000"},
		{"cached/100000", "ours, default size", "100,000 tokens, default size: nearly all are misses"},
		{"cached/100000", "ours, no cache", "100,000 tokens, no cache"},
	} {
		s := &stack{framework: "net/http", name: c.name, kind: observed}
		rows = append(rows, []string{
			c.what, micros(r.plain(c.subject, s, "ns")), micros(r.added(c.subject, s)),
			whole(r.plain(c.subject, s, "allocs")), whole(r.plain(c.subject, s, "bytes")),
		})
	}
	return page.Table([]string{"net/http, HS256", "µs", "µs over bare", "allocs", "bytes"}, rows)
}

func (r report) parallel() string {
	all := append(r.stacks(), &stack{framework: "no framework", name: "ours", kind: ours})
	var rows [][]string
	for _, s := range all {
		if s.kind != ours && s.kind != uncached && s.kind != peer {
			continue
		}
		rows = append(rows, []string{s.String(), micros(r.plain("parallel/1", s, "ns")), micros(r.plain("parallel/2", s, "ns")),
			times(r.ofMore(s.isOurs(), func(one *run) float64 { return one.speedUp(s.String()) }))})
	}
	return page.Table([]string{"stack", "one core, µs", "two, µs", "speed-up"}, rows) +
		"\n\"No framework\" is a verifier without HTTP, the cache alone. In the other rows, both cores also collect garbage.\n"
}

func (r *run) speedUp(stack string) float64 {
	return r.get("parallel/1", stack, "ns") / r.get("parallel/2", stack, "ns")
}

func (r report) lookups() string {
	var rows [][]string
	for _, name := range []string{"ours", "keyfunc", "jwx"} {
		for _, which := range []string{"known", "unknown"} {
			row := []string{name + ", " + which + " kid"}
			for _, size := range []int{1, 100, 10_000} {
				row = append(row, digits(r.of(name == "ours", func(one *run) float64 {
					return one.get(fmt.Sprintf("lookup/%d %s", size, which), name, "ns")
				})))
			}
			growth := r.of(name == "ours", func(one *run) float64 { return one.growth(name, which) })
			rows = append(rows, append(row, times(growth)))
		}
	}
	return page.Table([]string{"ns for a lookup", "1 key", "100 keys", "10,000 keys", "10,000 to 1"}, rows)
}

func (r *run) growth(library, which string) float64 {
	return r.get("lookup/10000 "+which, library, "ns") / r.get("lookup/1 "+which, library, "ns")
}

func (r report) loopback() string {
	var rows [][]string
	for _, s := range r.stacks() {
		if math.IsNaN(r.plain("loopback", s, "rps")) {
			continue
		}
		toBare := func(metric string) func(*run) float64 {
			return func(one *run) float64 { return one.toBare(s, metric) }
		}
		rps := r.ofMore(s.isOurs(), func(one *run) float64 { return one.get("loopback", s.String(), "rps") })
		rows = append(rows, []string{
			s.String(), whole(rps), times(r.ofMore(s.isOurs(), toBare("rps"))),
			digits(r.plain("loopback", s, "cpu")), times(r.of(s.isOurs(), toBare("cpu"))),
			digits(r.plain("loopback", s, "p50")), times(r.of(s.isOurs(), toBare("p50"))),
			digits(r.plain("loopback", s, "p99")), times(r.of(s.isOurs(), toBare("p99"))),
			digits(r.plain("loopback", s, "client")),
		})
	}
	return page.Table([]string{"server", "requests/s", "to bare", "server CPU, µs", "to bare", "p50, µs", "to bare",
		"p99, µs", "to bare", "client CPU, µs"}, rows)
}

func (r *run) toBare(s *stack, metric string) float64 {
	return r.get("loopback", s.String(), metric) / r.get("loopback", s.framework+" bare", metric)
}
