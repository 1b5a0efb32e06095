package token

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// signed is the [Kind] of signed JSON Web Tokens. It parses them, and checks type, algorithm, key and signature.
type signed struct {
	store      keys.Store
	algorithms []string
	types      []string // normalized by jws.MediaType; "" accepts a token without `typ`
	issuers    []string
	anyIssuer  bool
	memory     *memory // nil: no token is remembered

	verify func(t *jws.Token, key *keys.Key) error // jws.Token.Verify, which a test counts
}

func newSigned(store keys.Store, p *Policy) *signed {
	s := &signed{
		store: store, algorithms: p.Algorithms, types: p.Types, issuers: p.Issuers, anyIssuer: p.AnyIssuer,
		verify: (*jws.Token).Verify,
	}
	if p.CacheSize > 0 {
		s.memory = newMemory(p.Now)
	}
	return s
}

// Owns implements [Kind]. It returns each pair of an issuer and a type.
func (s *signed) Owns() (all []core.Ownership) {
	issuers := s.issuers
	if s.anyIssuer {
		issuers = []string{""}
	}
	types := slices.Clone(s.types)
	if i := slices.Index(types, ""); i >= 0 {
		types[i] = "none" // in an Ownership, "" means any type
	}
	for _, issuer := range issuers {
		for _, typ := range types {
			all = append(all, core.Ownership{Form: "jws", Issuer: issuer, Type: typ})
		}
	}
	return all
}

// Generation implements [Kind].
func (s *signed) Generation() uint64 { return s.store.Generation() }

// Open implements [Kind].
func (s *signed) Open(text string) Credential {
	t := getSignedToken()
	t.kind, t.memory, t.err = s, s.memory, t.Parse(text, &headers)
	return t
}

// headers is shared by all verifiers, since a header means the same to all of them.
var headers jws.Headers

// signedToken is a signed token that is being verified.
type signedToken struct {
	jws.Token
	kind   *signed
	memory *memory // of the kind; nil: the token is not remembered
	err    error   // of Parse
	trace
}

// Close implements [Credential].
func (t *signedToken) Close() { putSignedToken(t) }

// Foreign implements [Credential]. A token with a malformed header belongs to no provider. The first provider that sees it
// refuses it.
func (t *signedToken) Foreign() *core.Error {
	switch {
	case errors.Is(t.err, jws.ErrOtherForm):
		return errMalformed
	case t.err != nil:
		return nil
	case !t.hasType():
		return errType
	case !t.hasIssuer():
		return claims.ErrIssuer
	}
	return nil
}

// hasType reports whether the `typ` of the token is accepted.
func (t *signedToken) hasType() bool { return slices.Contains(t.kind.types, t.Type) }

// hasIssuer reports whether the issuer of the token is accepted. The issuer is not verified yet, and is checked again with the
// other claims.
func (t *signedToken) hasIssuer() bool {
	if t.kind.anyIssuer {
		return true
	}
	payload, err := t.Payload()
	if err != nil {
		return false
	}
	issuer := issuerOf(payload)
	return slices.ContainsFunc(t.kind.issuers, func(accepted string) bool { return accepted == string(issuer) })
}

// Verify implements [Credential].
func (t *signedToken) Verify(ctx context.Context) (payload []byte, end time.Time, err error) {
	if err := t.check(ctx); err != nil {
		return nil, end, err
	}
	headers.Add(&t.Token)
	if payload, err = t.Payload(); err != nil {
		return nil, end, errMalformed
	}
	return payload, end, nil
}

// check checks everything but the claims.
func (t *signedToken) check(ctx context.Context) error {
	if t.err != nil {
		return parseRefusal(t.err)
	}
	if !t.hasType() {
		return errType
	}
	if _, err := t.Signature(); err != nil {
		return errMalformed
	}
	if !slices.Contains(t.kind.algorithms, t.Algorithm) {
		return errAlgorithm
	}
	return t.checkSignature(ctx)
}

// maxCandidates bounds the number of keys that are tried. Without a kid, every key of the algorithm is a candidate that costs a
// verification. The limit is more than a rotation of keys needs.
const maxCandidates = 32

func (t *signedToken) checkSignature(ctx context.Context) error {
	candidates, err := t.kind.store.Find(ctx, t.KeyID, t.Algorithm)
	switch {
	case errors.Is(err, keys.ErrUnknownKey):
		return errUnknownKey
	case errors.Is(err, keys.ErrNoFittingKey):
		return errNoFittingKey
	case err != nil:
		return keysUnavailable(err)
	case len(candidates) > maxCandidates:
		return errTooManyKeys
	}
	if t.recalled = t.memory.recall(t, candidates); t.recalled {
		return nil
	}
	for _, key := range candidates {
		if t.kind.verify(&t.Token, key) == nil {
			t.key = key
			return nil
		}
	}
	return errSignature
}
