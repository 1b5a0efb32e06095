package token

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Verifier checks tokens by one policy and profile. It is safe for concurrent use.
type Verifier struct {
	store   keys.Store
	config  Policy
	profile Profile
	denied  *core.Error // for a token without the scopes of the profile
}

// NewVerifier fails on a policy that would accept more than its author meant.
func NewVerifier(store keys.Store, policy Policy, profile Profile) (*Verifier, error) {
	if err := policy.check(profile.Name, store); err != nil {
		return nil, err
	}
	denied := core.Forbidden("access denied", profile.Scopes...).WithReason("insufficient_scope")
	return &Verifier{store: store, config: policy.withDefaults(), profile: profile, denied: denied}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code. The checks come in the order size,
// form, header, key, signature, claims: nothing of a token is believed, or costs much, before its signature is good.
func (v *Verifier) Verify(ctx context.Context, token string) (*core.Auth, error) {
	t, err := v.parse(token)
	if err != nil {
		return nil, err
	}
	if !v.hasType(t) {
		return nil, errType
	}
	return v.verify(ctx, t)
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
	errMissingClaim  = core.InvalidToken("missing_claim")
	errExpired       = core.InvalidToken("expired")
	errNotYetValid   = core.InvalidToken("not_yet_valid")
	errIssuer        = core.InvalidToken("bad_issuer")
	errAudience      = core.InvalidToken("bad_audience")
	errBound         = core.InvalidToken("bound_token")
	errRevoked       = core.InvalidToken("revoked")
	errKeys          = core.Unavailable("temporarily unavailable", retryAfter).WithReason("keys_unavailable")
	errRevokedUnsure = core.Unavailable("temporarily unavailable", retryAfter).WithReason("revocation_unchecked")
)

const (
	retryAfter     = 5 * time.Second
	mostCandidates = 32
)

func (v *Verifier) parse(token string) (*jws.Token, error) {
	if len(token) > v.config.MaxSize {
		return nil, errTooLarge
	}
	t, err := jws.Parse(token)
	switch {
	case errors.Is(err, jws.ErrCritical):
		return nil, errCritical
	case err != nil:
		return nil, errMalformed
	}
	return t, nil
}

func (v *Verifier) hasType(t *jws.Token) bool {
	return slices.Contains(v.config.Types, mediaType(t.Type))
}

// verify checks a token of the right type, from the algorithm on.
func (v *Verifier) verify(ctx context.Context, t *jws.Token) (*core.Auth, error) {
	if !slices.Contains(v.config.Algorithms, t.Algorithm) {
		return nil, errAlgorithm
	}
	if err := v.checkSignature(ctx, t); err != nil {
		return nil, err
	}
	payload, err := t.Payload()
	if err != nil {
		return nil, errMalformed
	}
	c, err := readClaims(payload, v.profile.Standard)
	if err != nil {
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
	if v.config.Revoked != nil {
		switch revoked, err := v.config.Revoked(ctx, auth); {
		case err != nil:
			return nil, errRevokedUnsure.WithCause(err)
		case revoked:
			return nil, errRevoked
		}
	}
	return auth, nil
}

func (v *Verifier) checkSignature(ctx context.Context, t *jws.Token) error {
	found, err := v.store.Find(ctx, t.KeyID, t.Algorithm)
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
		if t.Verify(key) == nil {
			return nil
		}
	}
	return errSignature
}

func (v *Verifier) checkClaims(c *claims) error {
	now, leeway := v.config.Now(), v.config.Leeway
	switch {
	case !v.config.AnyIssuer && !slices.Contains(v.config.Issuers, c.issuer):
		return errIssuer
	case !v.config.AnyAudience && !slices.Contains(c.audience, v.config.Audience):
		return errAudience
	case c.expires.IsZero():
		return errMissingClaim
	case !now.Before(c.expires.Add(leeway)):
		return errExpired
	case now.Add(leeway).Before(c.notBefore):
		return errNotYetValid
	case c.bound:
		return errBound
	case c.userID == "" && c.subject == "":
		return errMissingClaim
	}
	for _, name := range v.profile.Required {
		if !c.has(name) {
			return errMissingClaim
		}
	}
	return nil
}

// issuerOf reads `iss` before the signature is checked, to find out whose token it is. It is checked again after.
func issuerOf(t *jws.Token) string {
	const longest = 256
	issuer := ""
	if payload, err := t.Payload(); err == nil {
		_ = strictjson.Object(payload, func(name string, value []byte) error {
			if name == "iss" && len(value) <= longest+2 {
				issuer, _ = strictjson.String(value)
			}
			return nil
		})
	}
	return issuer
}

// mediaType is a `typ` in the one form that is compared (RFC 7515, section 4.1.9).
func mediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}
