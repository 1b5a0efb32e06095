package token

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// Kind is one kind of credential: what is true of a signed token and not, say, of an opaque one that its issuer is asked about
// (RFC 7662). Everything else is decided once, by [Verifier] and [Provider].
type Kind interface {
	// Owns describes the credentials of this kind. The provider fills in Source.
	Owns() []core.Ownership
	// Open begins to look at a credential, which is not longer than Policy.MaxSize.
	Open(text string) Credential
	// Generation changes when what was verified earlier has to be verified again, as it does with the keys. It is asked before
	// Verify, so that what changes meanwhile makes the verdict one of a past generation.
	Generation() uint64
}

// Credential is one credential while it is looked at, by one goroutine.
type Credential interface {
	// Foreign says why another provider of a chain must decide on the credential; nil means that this one does. Nothing of the
	// credential has been verified yet. Outside a chain Foreign is not called, and Verify refuses what does not belong here.
	Foreign() *core.Error
	// Verify returns the claims of a genuine credential, which are a JSON object, and the time from which on Verify must be asked
	// again, if that is before the claims expire; zero: it is not. The error is a *core.Error. The claims are valid until Close.
	Verify(ctx context.Context) (claims []byte, end time.Time, err error)
	Close()
}

// Condition is asked about every identity on every request, also when the credential is known. It returns nil, or the refusal
// as a *core.Error. Revocation is a condition. Proof of possession (RFC 9449) would be another one: it compares the request with
// the claim `cnf`, which claims.Rules then must let pass. req is nil where there is no request.
type Condition func(ctx context.Context, req core.Request, auth *core.Auth) error

// unlessRevoked makes a condition of Policy.Revoked.
func unlessRevoked(revoked func(context.Context, *core.Auth) (bool, error)) Condition {
	return func(ctx context.Context, _ core.Request, auth *core.Auth) error {
		switch yes, err := revoked(ctx, auth); {
		case err != nil:
			return errRevocationUnchecked.WithCause(err)
		case yes:
			return errRevoked
		}
		return nil
	}
}
