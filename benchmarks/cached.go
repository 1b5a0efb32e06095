package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// tokenSize is the length of the tokens that are measured with the cache. It is the length of a token of RS256. The tokens are
// signed by HS256, which signs a hundred thousand of them quickly.
const tokenSize = 985

const uncachedName = "ours, no cache"

// random returns a generator that yields the same numbers in each run.
func random() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2)) //nolint:gosec // its numbers are not secret
}

// cached measures hits among 1, 1,000 and 100,000 tokens, and the cost of a miss. It uses net/http alone, because the cache is
// the same on all frameworks.
func (b *bench) cached() error {
	i, err := newIssuer("HS256")
	if err != nil {
		return err
	}
	many := 100_000
	if b.short {
		many = 20_000
	}
	tokens, err := i.tokens(many, tokenSize)
	if err != nil {
		return err
	}
	all := bearers(tokens)
	random().Shuffle(len(all), func(x, y int) { all[x], all[y] = all[y], all[x] })
	var tasks []*task
	for _, c := range []struct {
		subject, stack string
		build          func(*issuer) (server, error)
		tokens         int
	}{
		{"cached/1", "ours", ourHTTP(0), 1},
		{"cached/1", "ours, last by type", lastInChain(oauth2.AccessTokens(otherIssuer, audience)), 1},
		{"cached/1", "ours, last by issuer", lastInChain(oauth2.Microkubes(otherIssuer)), 1},
		{"cached/1", "ours, first of seven", oneOfSeven(0), 1},
		{"cached/1", "ours, last of seven", oneOfSeven(6), 1},
		{"cached/1000", "ours", ourHTTP(2_048), 1_000},
		{"cached/1000", "ours, as many places", ourHTTP(1_000), 1_000},
		{"cached/100000", "ours", ourHTTP(200_000), many},
		{"cached/100000", "ours, default size", ourHTTP(0), many}, // nearly all are misses
		{"cached/100000", uncachedName, ourHTTP(cacheOff), many},
		{"cached/1", "bare", bareHTTP, 1}, {"cached/1000", "bare", bareHTTP, 1_000}, {"cached/100000", "bare", bareHTTP, many},
	} {
		if !b.wants(c.subject, "net/http "+c.stack) {
			continue
		}
		s := &stack{framework: "net/http", name: c.stack, kind: observed, build: c.build}
		p, err := i.ready(s, all[0], good)
		if err != nil {
			return err
		}
		each := inTurn(p, all[:c.tokens])
		if c.stack != uncachedName {
			each(c.tokens) // fill the cache
		}
		tasks = append(tasks, alone(c.subject, s.String(), each))
	}
	b.all(tasks)
	return b.missed(i, all[:20_000])
}

// missed measures a lookup that finds nothing in a full cache. The tokens are too long to be verified, so a chain without a cache
// does the same except for the lookup.
func (b *bench) missed(i *issuer, tokens []string) error {
	unknown := make([]string, 1_000)
	for k := range unknown {
		unknown[k] = bearer(garbage(9 << 10))
	}
	var tasks []*task
	for _, s := range []*stack{
		{framework: "net/http", name: "ours, full", kind: observed, build: ourHTTP(0)},
		{framework: "net/http", name: "ours, no cache", kind: observed, build: ourHTTP(cacheOff)},
	} {
		if !b.wants("missed", s.String()) {
			continue
		}
		p, err := i.ready(s, tokens[0], good)
		if err != nil {
			return err
		}
		inTurn(p, tokens)(len(tokens))
		tasks = append(tasks, alone("missed", s.String(), inTurn(p, unknown)))
	}
	b.all(tasks)
	return nil
}

// inTurn returns a function that sends n requests with the tokens in turn. Each call continues after the last token of the call
// before.
func inTurn(p port, all []string) func(int) {
	next := 0
	return func(n int) {
		for range n {
			p.authorization(all[next])
			p.request()
			if next++; next == len(all) {
				next = 0
			}
		}
	}
}

// lastDecision is an observer that records whether the cache answered the last request.
type lastDecision struct{ cached bool }

func (l *lastDecision) Decision(_ context.Context, e core.Event) { l.cached = e.Cached }

// hot measures the share of requests with one of 500 hot tokens that a cache of 1,024 tokens answers, while a tenth of all
// requests has a valid token that occurs only once.
func (b *bench) hot() error {
	if !b.wants("hot", "net/http ours") {
		return nil
	}
	i, err := newIssuer("HS256")
	if err != nil {
		return err
	}
	const hot, requests, warm = 500, 100_000, 10_000
	tokens, err := i.tokens(hot+requests/10, tokenSize)
	if err != nil {
		return err
	}
	all := bearers(tokens)
	c, err := chain(i, 1_024)
	if err != nil {
		return err
	}
	var last lastDecision
	p := overHTTP(c.WithObserver(&last)).port()
	draw, once := random(), all[hot:]
	asked, hits := 0, 0
	for k := range requests {
		isHot := k%10 != 0
		if isHot {
			p.authorization(all[draw.IntN(hot)])
		} else {
			p.authorization(once[0])
			once = once[1:]
		}
		p.request()
		if status, body := p.answer(); good(nil, status, body) != nil {
			return fmt.Errorf("the answer to a hot token is %d %q", status, body)
		}
		if isHot && k >= warm {
			asked++
			if last.cached {
				hits++
			}
		}
	}
	b.run.add("hot", "net/http ours", "share", float64(hits)/float64(asked))
	return nil
}

// empty measures the memory of an empty cache.
func (b *bench) empty() error {
	if !b.wants("empty", "net/http ours") {
		return nil
	}
	i, err := newIssuer("HS256")
	if err != nil {
		return err
	}
	const chains = 64
	heap := func(size int) (uint64, error) {
		all := make([]*core.SecurityChain, chains)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for k := range all {
			if all[k], err = chain(i, size); err != nil {
				return 0, err
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(all)
		return after.HeapAlloc - before.HeapAlloc, nil
	}
	with, err := heap(0)
	if err != nil {
		return err
	}
	without, err := heap(cacheOff)
	if err != nil {
		return err
	}
	providers := 2.0
	b.run.add("empty", "net/http ours", "bytes", (float64(with)-float64(without))/chains/providers)
	return nil
}

// verifier returns a verifier without HTTP, to measure the cache alone.
func verifier(i *issuer) (*jwt.Verifier, error) {
	users, access := configs()
	cacheSize(0, &users, &access)
	store, err := i.store()
	if err != nil {
		return nil, err
	}
	return jwt.NewVerifier(store, users)
}
