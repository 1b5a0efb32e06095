package main

import (
	"context"
	"errors"
)

// parallel measures one core and two with a valid token of RS256. It also measures a verifier without a chain, which shows how
// the cache scales: the chain allocates memory for each request, and collecting it keeps both cores busy.
func (b *bench) parallel() error {
	i, err := newIssuer("RS256")
	if err != nil {
		return err
	}
	token, err := i.token(nil)
	if err != nil {
		return err
	}
	var tasks []*task
	both := func(stack string, each func() func(int)) {
		tasks = append(tasks, alone("parallel/1", stack, each()),
			&task{subject: "parallel/2", stack: stack, each: []func(int){each(), each()}})
	}
	for _, s := range stacks() {
		if s.kind != ours && s.kind != uncached && s.kind != peer || !b.wants("parallel", s.String()) {
			continue
		}
		if _, err := i.ready(s, bearer(token), good); err != nil {
			return err
		}
		server, err := s.build(i)
		if err != nil {
			return err
		}
		both(s.String(), func() func(int) {
			p := server.port()
			p.authorization(bearer(token))
			return repeat(p)
		})
	}
	v, err := verifier(i)
	if err != nil {
		return err
	}
	if auth, err := v.Verify(context.Background(), token); err != nil || auth.Subject() != subject {
		return errors.New("the verifier refuses a valid token")
	}
	both("no framework ours", func() func(int) {
		return func(n int) {
			for range n {
				_, _ = v.Verify(context.Background(), token)
			}
		}
	})
	b.all(tasks)
	return nil
}
