package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// bad is a request that is refused.
type bad struct{ name, authorization string }

// badRequests are the cases of the report, in its order.
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

// forge changes the signature in its middle. One by another key is no good here: of those by RSA half are larger than the
// modulus, and refused at a glance.
func forge(token string) string {
	middle := (strings.LastIndexByte(token, '.') + len(token)) / 2
	other := "A"
	if token[middle] == 'A' {
		other = "B"
	}
	return token[:middle] + other + token[middle+1:]
}

// garbage has the characters of base64 and no dot.
func garbage(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // it never fails
	return base64.RawURLEncoding.EncodeToString(raw)[:n]
}

// manyMembers is a token of almost 8 KiB, nearly all of it JSON with many members.
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

// rejected measures what a bad request costs, with the keys of RS256.
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
