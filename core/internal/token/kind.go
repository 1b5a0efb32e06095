package token

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// Kind is a kind of credential, such as signed tokens, or opaque tokens that their issuer is asked about (RFC 7662). What is the
// same for all kinds is in [Verifier] and [Provider].
type Kind interface {
	// Owns returns the credentials of this kind, without their Source, which the provider adds.
	Owns() []core.Ownership
	// Open parses a credential. The caller has checked that it is not longer than Policy.MaxSize. Errors are returned by the
	// methods of the Credential.
	Open(text string) Credential
	// Generation returns a number that changes when credentials must be verified again, such as after a change of the keys. The
	// verifier calls it before Verify, so that after a change during Verify the result belongs to a past generation.
	Generation() uint64
}

// Credential is a credential that is being verified. It is not safe for concurrent use.
type Credential interface {
	// Foreign returns the reason why the credential belongs to another provider of the chain, or nil if it belongs to this one.
	// Nothing of the credential has been verified yet. Foreign is only called in a chain. Verify must also refuse a credential
	// that belongs to another provider.
	Foreign() *core.Error
	// Verify returns the claims of a genuine credential as a JSON object, which is valid until Close. If end is not zero, the
	// credential must be verified again from then on, even if it has not expired. The error is a *core.Error.
	Verify(ctx context.Context) (claims []byte, end time.Time, err error)
	// Close releases the credential, which must not be used afterwards.
	Close()
}

// Condition is called for every identity on every request, even if the credential is cached. It returns nil, or the refusal as a
// *core.Error. req is nil outside a request. Revocation is a condition. Proof of possession (RFC 9449) could be another one: it
// would compare the request with the claim `cnf`, which claims.Rules would have to accept.
type Condition func(ctx context.Context, req core.Request, auth *core.Auth) error

// unlessRevoked returns the condition for Policy.Revoked.
func unlessRevoked(revoked func(context.Context, *core.Auth) (bool, error)) Condition {
	return func(ctx context.Context, _ core.Request, auth *core.Auth) error {
		switch isRevoked, err := revoked(ctx, auth); {
		case err != nil:
			return errRevocationUnchecked.WithCause(err)
		case isRevoked:
			return errRevoked
		}
		return nil
	}
}
