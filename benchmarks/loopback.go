package main

import (
	"errors"
	"runtime"
	"time"
)

// visit is a server under load.
type visit struct {
	stack  *stack
	child  *child
	client *client
	rounds int           // how many rounds
	length time.Duration // of a round
}

// best holds the fastest peer of each framework when measured within one process.
var best = map[string]string{"net/http": "golang-jwt", "echo": "echo-jwt", "fiber": "contrib/jwt"}

// loopback measures whole servers, each in a process of its own: the bare frameworks, ours with a warm cache and without a cache,
// and the best peers. Rounds of all servers alternate.
func (b *bench) loopback() (err error) {
	i, err := newIssuer("RS256")
	if err != nil {
		return err
	}
	tokens, err := i.tokens(connections, 0)
	if err != nil {
		return err
	}
	var visits []*visit
	defer func() {
		for _, v := range visits {
			err = errors.Join(err, v.client.close(), v.child.stop())
		}
	}()
	for _, s := range stacks() {
		v := b.visit(s)
		if v == nil {
			continue
		}
		if v.child, err = start(s, i); err != nil {
			return err
		}
		if v.client, err = dial(v.child.address, tokens); err != nil {
			return errors.Join(err, v.child.stop())
		}
		visits = append(visits, v)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, v := range visits {
		if _, err := v.client.run(v.length / 4); err != nil { // warms up
			return err
		}
	}
	for n := range 8 {
		for _, v := range visits {
			if n < v.rounds {
				if err := b.round(v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// visit returns the visit of a stack. It is nil if the stack is not measured over loopback.
func (b *bench) visit(s *stack) *visit {
	v := &visit{stack: s, rounds: 8, length: 1500 * time.Millisecond}
	switch {
	case !b.wants("loopback", s.String()):
		return nil
	case (s.kind == bare || s.kind == ours) && elders[s.framework] == "":
	case s.kind == bare || s.kind == ours || s.kind == uncached || s.kind == peer && best[s.framework] == s.name:
		v.rounds, v.length = 4, time.Second
	default:
		return nil
	}
	if b.short {
		v.rounds, v.length = 3, v.length/6
	}
	return v
}

func (b *bench) round(v *visit) error {
	before, err := v.child.used()
	if err != nil {
		return err
	}
	own, err := processorTime()
	if err != nil {
		return err
	}
	r, err := v.client.run(v.length)
	if err != nil {
		return err
	}
	after, err := v.child.used()
	if err != nil {
		return err
	}
	ownAfter, err := processorTime()
	if err != nil {
		return err
	}
	n, stack := float64(r.requests), v.stack.String()
	b.run.add("loopback", stack, "rps", n/r.seconds)
	b.run.add("loopback", stack, "cpu", float64(after-before)/n)
	b.run.add("loopback", stack, "client", float64(ownAfter-own)/n)
	b.run.add("loopback", stack, "p50", float64(r.p50)/1e3)
	b.run.add("loopback", stack, "p99", float64(r.p99)/1e3)
	return nil
}
