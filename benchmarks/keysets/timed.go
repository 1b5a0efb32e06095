package main

import (
	"errors"
	"fmt"
	"time"
)

const (
	limit = 15 * time.Second      // how long a new key is waited for
	pause = 50 * time.Millisecond // between two requests
)

// rotate makes the issuer sign with a new key, and sends tokens of the new and of the old key until one of the new is accepted.
func (b *bench) rotate(afterStorm bool) (r rotation, err error) {
	s, err := b.must()
	if err != nil {
		return r, err
	}
	defer s.close()
	if afterStorm {
		if err := b.storm(s, b.keys.other, true); err != nil {
			return r, err
		}
	}
	d := set(b.keys.good.jwk(nil), b.keys.next.jwk(nil))
	b.document.Store(&d)
	fresh, err := b.sign(b.keys.next)
	if err != nil {
		return r, err
	}
	old, err := b.sign(b.keys.good)
	if err != nil {
		return r, err
	}
	r = rotation{Seconds: -1, Until: map[answer]int{}, Old: map[answer]int{}}
	before, began := b.fetches.Load(), time.Now()
	for time.Since(began) < limit {
		a := s.ask(fresh)
		if a == accepts {
			r.Seconds = time.Since(began).Seconds()
			break
		}
		r.Until[a]++
		r.Old[s.ask(old)]++
		time.Sleep(pause)
	}
	r.Fetches = b.fetches.Load() - before
	return r, nil
}

var kinds = map[weather]string{failing: "503", down: "connection refused", html: "200 with a page of HTML"}

// settle is how long the issuer is up before an outage. The max-age of its key set, which is one second, is then over.
const settle = 1200 * time.Millisecond

// interrupt takes the issuer out of order after a time.
func (b *bench) interrupt(w weather, after time.Duration) (o downtime, err error) {
	b.maxAge.Store(1)
	s, err := b.must()
	if err != nil {
		return o, err
	}
	defer s.close()
	time.Sleep(after)
	if err := b.turn(w); err != nil {
		return o, err
	}
	known, err := b.sign(b.keys.good)
	if err != nil {
		return o, err
	}
	fresh, err := b.sign(b.keys.next)
	if err != nil {
		return o, err
	}
	o = downtime{Kind: kinds[w], New: s.ask(fresh)} // first, because it may make the library fetch
	o.Known = s.ask(known)
	return o, nil
}

// startDown starts the library while the issuer is down, and the issuer later.
func (b *bench) startDown() (u startUp, err error) {
	if err := b.turn(down); err != nil {
		return u, err
	}
	u.Seconds = -1
	s, err := b.start(b.issuer)
	if err != nil {
		u.Error = "fails"
		if errors.Is(err, errPatience) {
			u.Error = fmt.Sprintf("waits for more than %.0f s", patience.Seconds())
		}
		return u, nil
	}
	defer s.close()
	token, err := b.sign(b.keys.good)
	if err != nil {
		return u, err
	}
	u.Before = s.ask(token)
	if err := b.turn(up); err != nil {
		return u, err
	}
	for began := time.Now(); time.Since(began) < limit; time.Sleep(pause) {
		if s.ask(token) == accepts {
			u.Seconds = time.Since(began).Seconds()
			return u, nil
		}
	}
	return u, nil
}

// timed measures what takes time, all at once and each with an issuer of its own.
func timed(c contender, k *keyring, into *figures, run func(func() error)) {
	with := func(measure func(b *bench) error) {
		run(func() error {
			b, err := newBench(c, k)
			if err != nil {
				return err
			}
			defer b.close()
			return measure(b)
		})
	}
	with(func(b *bench) (err error) { into.Calm, err = b.rotate(false); return err })
	with(func(b *bench) (err error) { into.Storm, err = b.rotate(true); return err })
	with(func(b *bench) (err error) { into.Start, err = b.startDown(); return err })
	into.Outages = make([]downtime, 3)
	for n, w := range []weather{failing, down, html} {
		with(func(b *bench) (err error) { into.Outages[n], err = b.interrupt(w, settle); return err })
	}
}
