package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/microkubes/microkubes-go/core/keys"
)

// finder reports whether a key set has a key with an id, for a token of EdDSA.
type finder func(kid string) bool

// lookups measures the lookup of a key among many, with a random id in each call.
func (b *bench) lookups() error {
	for _, size := range []int{1, 100, 10_000} {
		public := make([]ed25519.PublicKey, size)
		for i := range public {
			var err error
			if public[i], _, err = ed25519.GenerateKey(rand.Reader); err != nil {
				return err
			}
		}
		var tasks []*task
		for _, library := range []struct {
			name string
			set  func([]ed25519.PublicKey) (finder, error)
		}{{"ours", ourKeys}, {"keyfunc", keyfuncKeys}, {"jwx", jwxKeys}} {
			subject := fmt.Sprintf("lookup/%d", size)
			if !b.wants(subject+" known", library.name) && !b.wants(subject+" unknown", library.name) {
				continue
			}
			find, err := library.set(public)
			if err != nil {
				return err
			}
			known, unknown := draw(size, ""), draw(size, "x")
			if !find(known[0]) || find(unknown[0]) {
				return fmt.Errorf("%s does not find its keys, or finds others", library.name)
			}
			tasks = append(tasks,
				alone(subject+" known", library.name, search(find, known)),
				alone(subject+" unknown", library.name, search(find, unknown)))
		}
		b.all(tasks)
	}
	return nil
}

func kid(i int) string { return fmt.Sprintf("2026-%08d", i) }

// draw returns random ids, as many for one key as for many keys. Each is in its own memory, like the ids of tokens.
func draw(size int, suffix string) []string {
	r, all := random(), make([]string, 4_096)
	for i := range all {
		all[i] = strings.Clone(kid(r.IntN(size)) + suffix)
	}
	return all
}

func search(find finder, ids []string) func(int) {
	next := 0
	return func(n int) {
		for range n {
			find(ids[next])
			next = (next + 1) % len(ids)
		}
	}
}

func ourKeys(public []ed25519.PublicKey) (finder, error) {
	all := make([]*keys.Key, len(public))
	for i, p := range public {
		var err error
		if all[i], err = keys.Public(kid(i), p); err != nil {
			return nil, err
		}
	}
	set, err := keys.Static(all...)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return func(kid string) bool {
		found, err := set.Find(ctx, kid, "EdDSA")
		return err == nil && len(found) == 1
	}, nil
}

func keyfuncKeys(public []ed25519.PublicKey) (finder, error) {
	all := make([]jwkset.JWK, len(public))
	for i, p := range public {
		var err error
		all[i], err = jwkset.NewJWKFromKey(p, jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{ALG: jwkset.AlgEdDSA, KID: kid(i), USE: jwkset.UseSig},
		})
		if err != nil {
			return nil, err
		}
	}
	storage := jwkset.NewMemoryStorage()
	if err := storage.KeyReplaceAll(context.Background(), all); err != nil {
		return nil, err
	}
	k, err := keyfunc.New(keyfunc.Options{Storage: storage})
	if err != nil {
		return nil, err
	}
	token := &golangjwt.Token{Header: map[string]any{"alg": "EdDSA"}}
	return func(kid string) bool {
		token.Header["kid"] = kid
		_, err := k.Keyfunc(token)
		return err == nil
	}, nil
}

func jwxKeys(public []ed25519.PublicKey) (finder, error) {
	set := jwk.NewSet()
	for i, p := range public {
		key, err := jwk.Import(p)
		if err != nil {
			return nil, err
		}
		if err := key.Set(jwk.KeyIDKey, kid(i)); err != nil {
			return nil, err
		}
		if err := set.AddKey(key); err != nil {
			return nil, err
		}
	}
	return func(kid string) bool {
		_, ok := set.LookupKeyID(kid)
		return ok
	}, nil
}
