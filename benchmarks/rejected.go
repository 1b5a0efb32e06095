package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// bad is a request that must be refused.
type bad struct{ name, authorization string }

// badRequests returns the bad requests of the report, in its order.
func badRequests(i *issuer) ([]bad, error) {
	forged, err := i.token(nil)
	if err != nil {
		return nil, err
	}
	expired, err := i.token(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
	if err != nil {
		return nil, err
	}
	large, err := manyMembers(i)
	if err != nil {
		return nil, err
	}
	return []bad{
		{"missing", ""},
		{"malformed", bearer("a.b")},
		{"forged", bearer(forge(forged))},
		{"forged6k", bearer(forge(large))},
		{"expired", bearer(expired)},
		{"garbage8k", bearer(garbage(8 << 10))},
		{"garbage1M", bearer(garbage(1 << 20))},
		{"dots1M", bearer(strings.Repeat(".", 1<<20))},
	}, nil
}

// forge changes a character in the middle of the signature. A signature by another RSA key would not do: about half of them are
// larger than the modulus, and are refused without a computation.
func forge(token string) string {
	middle := (strings.LastIndexByte(token, '.') + len(token)) / 2
	other := "A"
	if token[middle] == 'A' {
		other = "B"
	}
	return token[:middle] + other + token[middle+1:]
}

// garbage returns n random base64 characters, without a dot.
func garbage(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never returns an error
	return base64.RawURLEncoding.EncodeToString(raw)[:n]
}

// manyMembers returns a token of almost 8 KiB whose payload is an object with many members.
func manyMembers(i *issuer) (string, error) {
	claims := map[string]any{}
	for k := 0; ; k++ {
		claims[fmt.Sprintf("c%d", k)] = k
		if k%16 != 0 {
			continue
		}
		token, err := i.token(claims)
		if err != nil || len(token) > 8<<10-256 {
			return token, err
		}
	}
}

// rejected measures the cost of bad requests, with keys of RS256.
func (b *bench) rejected() error {
	i, err := newIssuer("RS256")
	if err != nil {
		return err
	}
	requests, err := badRequests(i)
	if err != nil {
		return err
	}
	for _, r := range requests {
		var tasks []*task
		for _, s := range append(stacks(), recording()) {
			name := "rejected/" + r.name
			signed := r.name == "forged" || r.name == "forged6k"
			if s.kind == uncached || s.kind == limit && !signed || !b.wants(name, s.String()) {
				continue
			}
			p, err := i.ready(s, r.authorization, refused)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			tasks = append(tasks, alone(name, s.String(), repeat(p)))
		}
		b.all(tasks)
	}
	return nil
}
