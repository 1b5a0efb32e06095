package main

import (
	"fmt"
	"net/http"
)

var algorithms = []string{"RS256", "ES256", "EdDSA", "HS256"}

// valid measures a good token, the same each time: of ours once with the cache and once without.
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

func repeat(p port) func(int) {
	return func(n int) {
		for range n {
			p.request()
		}
	}
}

// verdict tells what is wrong with an answer, so that nobody is timed for failing.
type verdict func(s *stack, status int, body string) error

func good(_ *stack, status int, body string) error {
	if status != http.StatusOK || body != subject {
		return fmt.Errorf("answered a good token with %d %q", status, body)
	}
	return nil
}

// refused allows others 400, which some answer to a missing token.
func refused(s *stack, status int, body string) error {
	ok := status == http.StatusUnauthorized || s.kind == peer && status == http.StatusBadRequest
	if s.kind == bare || s.kind == noop {
		return good(s, status, body)
	}
	if !ok || body == subject {
		return fmt.Errorf("answered a bad request with %d %q", status, body)
	}
	return nil
}

// ready is a port to a new server whose answer was checked.
func (i *issuer) ready(s *stack, authorization string, check verdict) (port, error) {
	server, err := s.build(i)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", s, i.alg, err)
	}
	p := server.port()
	p.authorization(authorization)
	for range 2 { // our cache answers the second one
		p.request()
		status, body := p.answer()
		if err := check(s, status, body); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", s, i.alg, err)
		}
	}
	return p, nil
}
