package token

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Verifier checks tokens by one policy and profile. It is safe for concurrent use.
type Verifier struct {
	store   keys.Store
	config  Policy
	profile Profile
	denied  *core.Error            // for a token without the scopes of the profile
	cache   *cache.Cache[verified] // nil: each token is verified each time
}

// NewVerifier fails on a policy that would accept more than its author meant.
func NewVerifier(store keys.Store, policy Policy, profile Profile) (*Verifier, error) {
	if err := check(store, &policy, &profile); err != nil {
		return nil, err
	}
	profile.Scopes, profile.Required = slices.Clone(profile.Scopes), slices.Clone(profile.Required)
	denied := core.Forbidden("access denied", profile.Scopes...).WithReason("insufficient_scope")
	v := &Verifier{store: store, config: policy.withDefaults(), profile: profile, denied: denied}
	if size := v.config.CacheSize; size > 0 {
		v.cache = cache.New[verified](size)
	}
	return v, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code. Nothing of a token is believed, or costs
// much, before its signature is good.
func (v *Verifier) Verify(ctx context.Context, token string) (*core.Auth, error) {
	if auth, err := v.known(ctx, token); auth != nil || err != nil {
		return auth, err
	}
	if len(token) > v.config.MaxSize {
		return nil, errTooLarge
	}
	w := begin()
	defer w.end()
	if err := w.Parse(token, &headers); err != nil {
		return nil, refusal(err)
	}
	if !v.hasType(w) {
		return nil, errType
	}
	return v.verify(ctx, w, token)
}

// The refusals of this package: one answer to the client, a reason code for the operator.
var (
	errTooLarge      = core.InvalidToken("too_large")
	errMalformed     = core.InvalidToken("malformed_token")
	errCritical      = core.InvalidToken("critical_header")
	errAlgorithm     = core.InvalidToken("bad_algorithm")
	errType          = core.InvalidToken("bad_type")
	errUnknownKey    = core.InvalidToken("unknown_kid")
	errNoFittingKey  = core.InvalidToken("no_fitting_key")
	errTooManyKeys   = core.InvalidToken("too_many_keys")
	errSignature     = core.InvalidToken("bad_signature")
	errClaims        = core.InvalidToken("malformed_claims")
	errExpired       = core.InvalidToken("expired")
	errNotYetValid   = core.InvalidToken("not_yet_valid")
	errIssuer        = core.InvalidToken("bad_issuer")
	errAudience      = core.InvalidToken("bad_audience")
	errBound         = core.InvalidToken("bound_token")
	errRevoked       = core.InvalidToken("revoked")
	errKeys          = core.Unavailable("temporarily unavailable", retryAfter).WithReason("keys_unavailable")
	errRevokedUnsure = core.Unavailable("temporarily unavailable", retryAfter).WithReason("revocation_unchecked")
)

// errMissing has the refusal for each claim that may be required. The reason names the claim, which is the rule's and not the
// token's.
var errMissing = map[string]*core.Error{
	"exp":       core.InvalidToken("missing_claim_exp"),
	"sub":       core.InvalidToken("missing_claim_sub"),
	"aud":       core.InvalidToken("missing_claim_aud"),
	"client_id": core.InvalidToken("missing_claim_client_id"),
	"iat":       core.InvalidToken("missing_claim_iat"),
	"jti":       core.InvalidToken("missing_claim_jti"),
	"userId":    core.InvalidToken("missing_claim_userId"),
	"username":  core.InvalidToken("missing_claim_username"),
}

func missing(claim string) error {
	if e := errMissing[claim]; e != nil {
		return e
	}
	return errClaims // a profile asks for a claim that is not read
}

const (
	retryAfter     = 5 * time.Second
	mostCandidates = 32
)

// work is the room for one token while it is looked at.
type work struct {
	jws.Token
	claims claims
}

var works = sync.Pool{New: func() any { return new(work) }}

func begin() *work { return works.Get().(*work) }

// end takes the room back, without any text of the token: its decoded bytes are written over by the next one's.
func (w *work) end() {
	w.Forget()
	w.claims.forget()
	works.Put(w)
}

// refusal is the answer to what jws.Token.Parse failed with.
func refusal(err error) error {
	if errors.Is(err, jws.ErrCritical) {
		return errCritical
	}
	return errMalformed
}

// headers are shared by all verifiers, since they mean the same to each: so one knows at a glance what another verified.
var headers jws.Headers

func (v *Verifier) hasType(w *work) bool {
	return slices.Contains(v.config.Types, w.Type)
}

// verify checks a token of the right type, from its signature's form on. What was good is kept.
func (v *Verifier) verify(ctx context.Context, w *work, token string) (*core.Auth, error) {
	if _, err := w.Signature(); err != nil {
		return nil, errMalformed
	}
	if !slices.Contains(v.config.Algorithms, w.Algorithm) {
		return nil, errAlgorithm
	}
	generation := v.store.Generation() // before the key is looked up: one that is removed meanwhile is of a past generation
	if err := v.checkSignature(ctx, w); err != nil {
		return nil, err
	}
	headers.Remember(&w.Token)
	payload, err := w.Payload()
	if err != nil {
		return nil, errMalformed
	}
	c := &w.claims
	c.standard = v.profile.Standard
	if c.readAll(string(payload)) != nil {
		return nil, errClaims
	}
	if err := v.checkClaims(c); err != nil {
		return nil, err
	}
	if v.profile.SubjectIsClient && c.clientID == "" {
		c.clientID = c.subject
	}
	auth := c.auth(payload)
	for _, scope := range v.profile.Scopes {
		if !auth.HasScope(scope) {
			return nil, v.denied
		}
	}
	v.keep(token, auth, c, generation)
	return v.unlessRevoked(ctx, auth)
}

func (v *Verifier) checkSignature(ctx context.Context, w *work) error {
	found, err := v.store.Find(ctx, w.KeyID, w.Algorithm)
	switch {
	case errors.Is(err, keys.ErrUnknownKey):
		return errUnknownKey
	case errors.Is(err, keys.ErrNoFittingKey):
		return errNoFittingKey
	case err != nil:
		return errKeys.WithCause(err)
	}
	// Without a kid every key of the algorithm is a candidate, and each costs a verification: a token may not ask for
	// more of them than a rotation needs.
	if len(found) > mostCandidates {
		return errTooManyKeys
	}
	for _, key := range found {
		if w.Verify(key) == nil {
			return nil
		}
	}
	return errSignature
}

func (v *Verifier) checkClaims(c *claims) error {
	switch {
	case !v.config.AnyIssuer && !slices.Contains(v.config.Issuers, c.issuer):
		return errIssuer
	case !v.config.AnyAudience && !slices.Contains(c.audience, v.config.Audience):
		return errAudience
	case c.expires.IsZero():
		return missing("exp")
	}
	valid := v.span(c)
	if err := valid.check(v.config.Now()); err != nil {
		return err
	}
	switch {
	case c.bound:
		return errBound
	case c.userID == "" && c.subject == "":
		return missing("sub")
	}
	for _, name := range v.profile.Required {
		if !c.has(name) {
			return missing(name)
		}
	}
	return nil
}

// span is the time in which a token is good, leeway included: from one on, and before the other.
type span struct{ from, to time.Time }

func (v *Verifier) span(c *claims) (s span) {
	s.to = c.expires.Add(v.config.Leeway)
	if !c.notBefore.IsZero() {
		s.from = c.notBefore.Add(-v.config.Leeway)
	}
	return s
}

func (s *span) has(now time.Time) bool { return s.check(now) == nil }

func (s *span) check(now time.Time) error {
	switch {
	case !now.Before(s.to):
		return errExpired
	case now.Before(s.from):
		return errNotYetValid
	}
	return nil
}

// unlessRevoked asks about every good token, on every request.
func (v *Verifier) unlessRevoked(ctx context.Context, auth *core.Auth) (*core.Auth, error) {
	if v.config.Revoked == nil {
		return auth, nil
	}
	switch revoked, err := v.config.Revoked(ctx, auth); {
	case err != nil:
		return nil, errRevokedUnsure.WithCause(err)
	case revoked:
		return nil, errRevoked
	}
	return auth, nil
}
