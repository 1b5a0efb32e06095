package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// compare measures a request with keys that are fetched and one with keys that the program has.
func compare(k *keyring, budget time.Duration) (all []cost, err error) {
	d := set(k.good.jwk(nil))
	i, err := startIssuer(&d)
	if err != nil {
		return nil, err
	}
	defer i.close()
	remote, err := keys.RemoteConfig{Issuer: i.url(), Logger: quiet, Required: true}.Open(context.Background())
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	static, err := k.good.store()
	if err != nil {
		return nil, err
	}
	token, err := k.good.token(i.url())
	if err != nil {
		return nil, err
	}
	for _, c := range []struct {
		name         string
		size, rounds int
	}{{"cached", 0, 2000}, {"uncached", -1, 50}} {
		build := func() (pair [2]func(), err error) {
			for n, store := range []keys.Store{static, remote} {
				h, err := secured(store, i.url(), c.size)
				if err != nil {
					return pair, err
				}
				pair[n] = request(h, token)
			}
			return pair, nil
		}
		one, err := costOf(c.name, build, c.rounds, budget)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// pairs is the number of pairs of handlers that are compared.
const pairs = 15

// costOf compares handlers in pairs, and returns the medians.
func costOf(name string, build func() ([2]func(), error), rounds int, budget time.Duration) (c cost, err error) {
	var static, remote, ratios []float64
	for range pairs {
		pair, err := build()
		if err != nil {
			return c, err
		}
		ns := fastest(pair, rounds, budget/pairs)
		static, remote, ratios = append(static, ns[0]), append(remote, ns[1]), append(ratios, ns[1]/ns[0])
		c.StaticAllocs, c.RemoteAllocs = testing.AllocsPerRun(200, pair[0]), testing.AllocsPerRun(200, pair[1])
	}
	c.Name, c.StaticNS, c.RemoteNS, c.Ratio = name, median(static), median(remote), median(ratios)
	return c, nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// store returns the key as a store that is not fetched.
func (s signer) store() (keys.Store, error) {
	found, _, err := keys.ParseJWKS(fmt.Appendf(nil, `{"keys":[{"kty":"RSA","kid":%q,"alg":%q,"n":%q,"e":%q}]}`,
		s.kid, s.alg, s.jwk(nil)["n"], s.jwk(nil)["e"]))
	if err != nil {
		return nil, err
	}
	return keys.Static(found...)
}

// request returns a function that sends a request and panics if the handler does not run.
func request(h http.Handler, token string) func() {
	r := httptest.NewRequest(http.MethodGet, "/orders", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	return func() {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			panic(fmt.Sprintf("the answer to a good token is %d", w.Code))
		}
	}
}

// fastest returns the nanoseconds of each function in its fastest round. Rounds of both alternate, so that the noise of the
// machine counts for neither.
func fastest(functions [2]func(), rounds int, budget time.Duration) (ns [2]float64) {
	least := [2]time.Duration{time.Hour, time.Hour}
	for began := time.Now(); time.Since(began) < budget; {
		for n, f := range functions {
			start := time.Now()
			for range rounds {
				f()
			}
			least[n] = min(least[n], time.Since(start))
		}
	}
	for n, d := range least {
		ns[n] = float64(d.Nanoseconds()) / float64(rounds)
	}
	return ns
}
