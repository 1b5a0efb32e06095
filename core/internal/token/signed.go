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

// signed is the [Kind] of signed JSON Web Tokens: it parses them, and checks type, algorithm, key and signature.
type signed struct {
	store      keys.Store
	algorithms []string
	types      []string // as jws.MediaType has them; "" stands for none
	issuers    []string
	anyIssuer  bool
}

func newSigned(store keys.Store, p *Policy) *signed {
	return &signed{store: store, algorithms: p.Algorithms, types: p.Types, issuers: p.Issuers, anyIssuer: p.AnyIssuer}
}

// Owns implements [Kind]: the tokens of each issuer and type.
func (s *signed) Owns() (all []core.Ownership) {
	issuers := s.issuers
	if s.anyIssuer {
		issuers = []string{""}
	}
	types := slices.Clone(s.types)
	if i := slices.Index(types, ""); i >= 0 {
		types[i] = "none" // a value of its own: in an Ownership the empty one means any
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
	t.kind, t.err = s, t.Parse(text, &headers)
	return t
}

// headers are shared by all verifiers, since a header means the same to each: so one of them knows at once what another has
// verified.
var headers jws.Headers

// signedToken is a signed token while it is looked at.
type signedToken struct {
	jws.Token
	kind *signed
	err  error // of parsing it
}

// Close implements [Credential].
func (t *signedToken) Close() { putSignedToken(t) }

// Foreign implements [Credential]. A token with a malformed header belongs to nobody; whoever sees it first refuses it.
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

func (t *signedToken) hasType() bool { return slices.Contains(t.kind.types, t.Type) }

// hasIssuer looks at an issuer that nobody has vouched for. It is checked again with the claims.
func (t *signedToken) hasIssuer() bool {
	if t.kind.anyIssuer {
		return true
	}
	payload, err := t.Payload()
	if err != nil {
		return false
	}
	issuer := issuerOf(payload)
	return slices.ContainsFunc(t.kind.issuers, func(own string) bool { return own == string(issuer) })
}

// Verify implements [Credential].
func (t *signedToken) Verify(ctx context.Context) (payload []byte, end time.Time, err error) {
	if err := t.check(ctx); err != nil {
		return nil, end, err
	}
	headers.Remember(&t.Token)
	if payload, err = t.Payload(); err != nil {
		return nil, end, errMalformed
	}
	return payload, end, nil
}

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

// maxCandidates bounds the keys that are tried. Without a kid every key of the algorithm is a candidate, and each costs a
// verification: a token may not ask for more of them than a rotation needs.
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
	for _, key := range candidates {
		if t.Token.Verify(key) == nil {
			return nil
		}
	}
	return errSignature
}
