package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/keys"
)

// world is what tokens are decided by. It changes at random, and is the same for all ways.
type world struct {
	*rand.Rand
	t       testing.TB
	clock   time.Time
	stores  [2]*mutable
	signers []*coretest.Issuer
	tokens  []string
	revoked map[string]bool // by `jti`
	down    bool            // the service that knows what is revoked
}

// mutable is a store whose keys change at random.
type mutable struct {
	changeable
	keys []*keys.Key
}

func (s *mutable) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	if len(s.keys) == 0 {
		return nil, keys.ErrUnavailable
	}
	return s.changeable.Find(ctx, kid, algorithm)
}

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, clock: later, revoked: map[string]bool{}}
	for _, algorithm := range []string{"EdDSA", "EdDSA", "EdDSA", "ES256", "ES256", "RS256", "RS256"} {
		w.signers = append(w.signers, coretest.NewIssuerFor("", algorithm))
	}
	for i := range w.stores {
		w.stores[i] = &mutable{}
		for range 3 {
			w.addKey(w.stores[i])
		}
	}
	return w
}

func pick[T any](w *world, all ...T) T { return all[w.IntN(len(all))] }

// addKey adds a key of a signer to a store, unless it is in conflict with another one.
func (w *world) addKey(s *mutable) {
	algorithms := pick(w, nil, nil, []string{"RS256"}, []string{"RS256", "RS512"}, []string{"RS512"})
	signer := pick(w, w.signers...)
	key, err := keys.Public(pick(w, "", "k1", "k2", "k3"), signer.PublicKey(), algorithms...)
	if err != nil { // the algorithms are for RSA
		key, err = keys.Public(pick(w, "", "k1", "k2", "k3"), signer.PublicKey())
		require.NoError(w.t, err)
	}
	w.use(s, append(s.keys[:len(s.keys):len(s.keys)], key))
}

// use replaces the keys of a store, unless they are in conflict with each other.
func (w *world) use(s *mutable, all []*keys.Key) {
	if len(all) == 0 {
		s.keys = nil
		s.generation.Add(1)
		return
	}
	if set, err := keys.Static(all...); err == nil {
		s.keys = all
		s.current.Store(set)
		s.generation.Add(1)
	}
}

// changeKeys adds, removes, replaces or restricts a key.
func (w *world) changeKeys() {
	s := pick(w, w.stores[:]...)
	if len(s.keys) < 2 || w.IntN(3) == 0 && len(s.keys) < 6 {
		w.addKey(s)
		return
	}
	at := w.IntN(len(s.keys))
	others := append(append([]*keys.Key(nil), s.keys[:at]...), s.keys[at+1:]...)
	old := s.keys[at]
	switch w.IntN(3) {
	case 0: // remove
		w.use(s, others)
	case 1: // replace, with the same id
		key, err := keys.Public(old.ID(), pick(w, w.signers...).PublicKey())
		require.NoError(w.t, err)
		w.use(s, append(others, key))
	case 2: // restrict, or lift the restriction
		key, err := keys.Public(old.ID(), old.Material(), pick(w, nil, []string{"RS256"}, []string{"RS512"}, []string{"PS256", "RS256"})...)
		if err == nil {
			w.use(s, append(others, key))
		}
	}
}

// kind is a kind of tokens that a policy accepts, with the store that has its keys.
type kind struct {
	store       int
	issuer, typ string
	audience    any
}

// mint adds a new token, which one of the policies accepts, or would accept but for one or two defects.
func (w *world) mint() string {
	k := pick(w, kind{0, "a", "JWT", "z"}, kind{0, "a", "at+jwt", "x"}, kind{0, "b", "application/at+jwt", []string{"z", "x"}},
		kind{0, "b", "jwt", "y"}, kind{1, "c", "JWT", "x"}, kind{1, "c", "JWT", "y"}, kind{1, "c", "at+jwt", "x"}, kind{0, "d", "JWT", "z"})
	now := w.clock.Unix()
	claims := coretest.Claims{
		"iss": k.issuer, "sub": "ann", "userId": "ann", "jti": fmt.Sprint(w.IntN(1000)), "aud": k.audience, "client_id": "client",
		"exp": now + pick(w, int64(3), 30, 300, 3000, 3000), "iat": now, "scope": "read write", "roles": strings.Repeat("r", w.IntN(60)),
	}
	signer, id := pick(w, w.signers...), ""
	if held := w.stores[k.store].keys; len(held) > 0 {
		key := pick(w, held...)
		signer, id = w.signerOf(key), key.ID()
	}
	header := map[string]any{"typ": k.typ}
	switch signer.PublicKey().(type) {
	case *rsa.PublicKey:
		header["alg"] = "RS256"
	case *ecdsa.PublicKey:
		header["alg"] = "ES256"
	default:
		header["alg"] = "EdDSA"
	}
	if id != "" && w.IntN(3) > 0 {
		header["kid"] = id
	}
	for range pick(w, 0, 0, 0, 1, 1, 2) {
		w.spoil(header, claims, now)
	}
	text := signer.Sign(header, claims)
	if w.tokens = append(w.tokens, text); len(w.tokens) > 300 {
		w.tokens = w.tokens[1:]
	}
	return text
}

// signerOf returns the signer that has the private key.
func (w *world) signerOf(key *keys.Key) *coretest.Issuer {
	for _, signer := range w.signers {
		if signer.PublicKey().(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Material()) {
			return signer
		}
	}
	panic("no signer has this key")
}

// spoil changes a header or claims so that some policies refuse them.
func (w *world) spoil(header, claims map[string]any, now int64) {
	switch w.IntN(9) {
	case 0:
		header["alg"] = pick(w, "RS256", "RS512", "PS256", "EdDSA", "Ed25519", "ES256")
	case 1:
		header["kid"] = pick(w, "k1", "k2", "k3", "k4")
	case 2:
		header["typ"] = pick(w, "JWT", "at+jwt", "logout+jwt")
	case 3:
		claims["iss"] = pick(w, "a", "b", "c", "d", "e")
	case 4:
		claims["aud"] = pick[any](w, "x", "y", "z", []string{"x", "y"})
	case 5:
		claims["exp"] = now + pick(w, int64(-1), 0, 1)
	case 6:
		claims["nbf"] = now + pick(w, int64(-10), 0, 5, 50)
	case 7:
		delete(claims, pick(w, "jti", "aud", "client_id", "exp", "sub", "scope"))
	case 8:
		claims["use"] = pick(w, "access", "id")
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// mutate returns a token that differs from another in one place.
func (w *world) mutate(text string) string {
	switch w.IntN(7) {
	case 0: // a bit of the text
		b := []byte(text)
		b[w.IntN(len(b))] ^= 1 << w.IntN(8)
		return string(b)
	case 1: // a bit of a segment
		segments := strings.Split(text, ".")
		at := w.IntN(3)
		content, err := base64.RawURLEncoding.DecodeString(segments[at])
		require.NoError(w.t, err)
		content[w.IntN(len(content))] ^= 1 << w.IntN(8)
		segments[at] = base64.RawURLEncoding.EncodeToString(content)
		return strings.Join(segments, ".")
	case 2: // a segment of another token
		segments, other := strings.Split(text, "."), strings.Split(pick(w, w.tokens...), ".")
		at := w.IntN(3)
		segments[at] = other[at]
		return strings.Join(segments, ".")
	case 3: // a line break or padding, at any place
		at := w.IntN(len(text) + 1)
		return text[:at] + pick(w, "\n", "\r", "=", "%", "\x00") + text[at:]
	case 4: // another encoding of the same bytes, in the last character of a segment
		segments := strings.Split(text, ".")
		at := w.IntN(3)
		if last := len(segments[at]) - 1; last >= 0 && len(segments[at])%4 != 0 {
			segments[at] = segments[at][:last] + string(base64Digits[strings.IndexByte(base64Digits, segments[at][last])^1])
		}
		return strings.Join(segments, ".")
	case 5: // another text of the same JSON
		segments := strings.Split(text, ".")
		at := w.IntN(2)
		content, err := base64.RawURLEncoding.DecodeString(segments[at])
		require.NoError(w.t, err)
		segments[at] = base64.RawURLEncoding.EncodeToString(append(content, ' '))
		return strings.Join(segments, ".")
	default:
		return text + pick(w, ".", "A", "=", " ")
	}
}

// swap is what a provider of another module does to a request: the first or the second of them replaces its token.
type swap struct {
	at int // 0: none does
	to string
}

// step changes the world, perhaps, and returns the next token, and what replaces it.
func (w *world) step() (text string, s swap) {
	w.change()
	if text = w.next(); w.IntN(12) == 0 {
		s = swap{1 + w.IntN(2), w.next()}
	}
	return text, s
}

// change changes what tokens are decided by, perhaps.
func (w *world) change() {
	switch w.IntN(100) {
	case 0:
		w.changeKeys()
	case 1:
		w.clock = w.clock.Add(time.Duration(w.IntN(20_000)) * time.Millisecond)
	case 2:
		w.clock = w.clock.Add(-time.Duration(w.IntN(5_000)) * time.Millisecond)
	case 3:
		id := fmt.Sprint(w.IntN(1000))
		w.revoked[id] = !w.revoked[id]
	case 4:
		w.down = w.IntN(4) == 0
	case 5:
		if w.IntN(50) == 0 {
			token.ForgetSignatures()
		}
	}
}

// next returns a new token, one that was there before, or one that is almost the same.
func (w *world) next() string {
	if len(w.tokens) == 0 || w.IntN(12) == 0 {
		return w.mint()
	}
	recent := w.tokens[max(0, len(w.tokens)-40):]
	text := pick(w, pick(w, recent...), pick(w, recent...), pick(w, w.tokens...))
	if w.IntN(12) == 0 {
		return w.mutate(text)
	}
	return text
}
