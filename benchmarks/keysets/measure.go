package main

import (
	"fmt"
	"sync"
	"time"
)

// attempts is the number of tokens in a storm.
const attempts = 50

// bench measures one contender with an issuer of its own.
type bench struct {
	contender
	keys *keyring
	*issuer
	*figures
}

func newBench(c contender, k *keyring) (*bench, error) {
	d := set(k.good.jwk(nil))
	i, err := startIssuer(&d)
	if err != nil {
		return nil, err
	}
	return &bench{contender: c, keys: k, issuer: i, figures: &figures{Name: c.name}}, nil
}

// sign returns a token of the issuer.
func (b *bench) sign(s signer) (string, error) { return s.token(b.url()) }

// must starts the library with an issuer that is up.
func (b *bench) must() (*session, error) {
	s, err := b.start(b.issuer)
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w", b.Name, err)
	}
	token, err := b.sign(b.keys.good)
	if err != nil {
		return nil, err
	}
	if a := s.ask(token); a != accepts {
		s.close()
		return nil, fmt.Errorf("%s does not accept a good token (%s): its set-up is wrong", b.Name, a)
	}
	return s, nil
}

// examples asks for a verdict on the tokens of each example, with a library that starts with its key set.
func (b *bench) examples(all []example) error {
	for _, e := range all {
		b.document.Store(&e.document)
		found := wrong{Example: e.name}
		s, err := b.start(b.issuer)
		for _, t := range e.tokens {
			token, signing := b.sign(t.signer)
			if signing != nil {
				return signing
			}
			a := refuses // a service that does not start accepts nothing
			if err == nil {
				a = s.ask(token)
			}
			switch {
			case t.accept && a != accepts:
				found.Refuses = append(found.Refuses, fmt.Sprintf("%s: %s", t.what, a))
			case !t.accept && a == accepts:
				found.Accepts = append(found.Accepts, t.what)
			}
		}
		if err == nil {
			s.close()
		}
		if found.Refuses != nil || found.Accepts != nil {
			b.Wrong = append(b.Wrong, found)
		}
	}
	d := set(b.keys.good.jwk(nil))
	b.document.Store(&d)
	return nil
}

// storms counts the fetches for tokens that nobody signed.
func (b *bench) storms() error {
	for _, storm := range []struct {
		count *int64
		signer
		vary bool
	}{
		{&b.BadSignatures, b.keys.other.with(b.keys.good.kid), false},
		{&b.UnknownKeys, b.keys.other, true},
	} {
		s, err := b.must()
		if err != nil {
			return err
		}
		before := b.fetches.Load()
		if err := b.storm(s, storm.signer, storm.vary); err != nil {
			return err
		}
		*storm.count = b.fetches.Load() - before
		s.close()
	}
	return nil
}

// storm sends tokens, each with another key ID if vary is set.
func (b *bench) storm(s *session, from signer, vary bool) error {
	for n := range attempts {
		if vary {
			from = from.with(fmt.Sprintf("unknown-%d", n))
		}
		token, err := b.sign(from)
		if err != nil {
			return err
		}
		if a := s.ask(token); a == accepts {
			return fmt.Errorf("%s accepts a token that the issuer did not sign", b.Name)
		}
	}
	return nil
}

// crowd is the number of requests at the start of a service.
const crowd = 1000

// first counts the fetches for many requests that come at once after the start, with an issuer that takes a moment.
func (b *bench) first() error {
	b.delay.Store(int64(100 * time.Millisecond))
	defer b.delay.Store(0)
	token, err := b.sign(b.keys.good)
	if err != nil {
		return err
	}
	before := b.fetches.Load()
	s, err := b.start(b.issuer)
	if err != nil {
		return err
	}
	defer s.close()
	var all sync.WaitGroup
	answers := make(chan answer, crowd)
	for range crowd {
		all.Go(func() { answers <- s.ask(token) })
	}
	all.Wait()
	close(answers)
	for a := range answers {
		if a != accepts {
			return fmt.Errorf("%s answers %s to one of the first requests", b.Name, a)
		}
	}
	b.First = b.fetches.Load() - before
	return nil
}
