package main

import (
	"fmt"
	"net/http"
)

var algorithms = []string{"RS256", "ES256", "EdDSA", "HS256"}

// valid measures repeated requests with one valid token, for ours with the cache and without it.
func (b *bench) valid() error {
	for _, alg := range algorithms {
		i, err := newIssuer(alg)
		if err != nil {
			return err
		}
		token, err := i.token(nil)
		if err != nil {
			return err
		}
		var tasks []*task
		for _, s := range stacks() {
			if !s.has(alg) || !b.wants("valid/"+alg, s.String()) {
				continue
			}
			p, err := i.ready(s, bearer(token), good)
			if err != nil {
				return err
			}
			tasks = append(tasks, alone("valid/"+alg, s.String(), repeat(p)))
		}
		b.all(tasks)
	}
	return nil
}

// repeat returns a function that sends n requests.
func repeat(p port) func(int) {
	return func(n int) {
		for range n {
			p.request()
		}
	}
}

// verdict returns an error if an answer is wrong, so that no stack is timed while it fails.
type verdict func(s *stack, status int, body string) error

func good(_ *stack, status int, body string) error {
	if status != http.StatusOK || body != subject {
		return fmt.Errorf("the answer to a valid token is %d %q", status, body)
	}
	return nil
}

// refused accepts 401 and, from a peer, 400, which some peers answer to a missing token. Stacks without a check must answer 200.
func refused(s *stack, status int, body string) error {
	ok := status == http.StatusUnauthorized || s.kind == peer && status == http.StatusBadRequest
	if s.kind == bare || s.kind == noop {
		return good(s, status, body)
	}
	if !ok || body == subject {
		return fmt.Errorf("the answer to a bad request is %d %q", status, body)
	}
	return nil
}

// ready returns a port to a new server, after it has checked two answers.
func (i *issuer) ready(s *stack, authorization string, check verdict) (port, error) {
	server, err := s.build(i)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", s, i.alg, err)
	}
	p := server.port()
	p.authorization(authorization)
	for range 2 { // our cache answers the second request
		p.request()
		status, body := p.answer()
		if err := check(s, status, body); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", s, i.alg, err)
		}
	}
	return p, nil
}
