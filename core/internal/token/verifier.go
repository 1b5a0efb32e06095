package token

import (
	"context"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Verifier verifies credentials of one kind, by a policy and a profile. It is safe for concurrent use.
type Verifier struct {
	kind       Kind
	source     core.TokenSource
	maxSize    int
	now        func() time.Time
	reader     *claims.Reader
	rules      claims.Rules
	scopes     []string    // that every credential must have
	denied     *core.Error // for a credential without them
	conditions []Condition
	hints      Hints
	cache      *cache.Cache[verified] // nil: credentials are not cached
	cacheSize  int                    // as in the policy
}

// newVerifier returns a Verifier of signed tokens. It fails if the policy accepts more than its author can have meant, or refuses
// every token.
func newVerifier(store keys.Store, policy Policy, profile Profile) (*Verifier, []error) {
	if errs := check(store, &policy, &profile); len(errs) > 0 {
		return nil, errs
	}
	policy = policy.withDefaults(&profile)
	return NewVerifierOf(newSigned(store, &policy), policy, profile), nil
}

// NewVerifierOf returns a Verifier of any kind of credential. The policy must have been checked and have its defaults. The
// conditions are called after the one for revocation.
func NewVerifierOf(kind Kind, policy Policy, profile Profile, conditions ...Condition) *Verifier {
	if policy.Revoked != nil {
		conditions = append([]Condition{unlessRevoked(policy.Revoked)}, conditions...)
	}
	v := &Verifier{
		kind: kind, source: policy.Source, maxSize: policy.MaxSize, now: policy.Now,
		reader: claims.NewReader(claims.Merge(profile.Dialect, policy.Claims)),
		rules: claims.Rules{
			Issuers: policy.Issuers, AnyIssuer: policy.AnyIssuer,
			Audiences: policy.Audiences, AnyAudience: policy.AnyAudience, Leeway: policy.Leeway,
		},
		scopes:     slices.Clone(profile.Scopes),
		denied:     core.Forbidden("access denied", profile.Scopes...).WithReason(reason.InsufficientScope),
		conditions: conditions,
		hints:      profile.Hints,
		cacheSize:  policy.CacheSize,
	}
	if policy.CacheSize > 0 {
		v.cache = cache.New[verified](policy.CacheSize)
	}
	return v
}

// Verify returns the identity in a credential, or an *[core.Error] with a reason code. Nothing of a credential is trusted, and
// nothing costly is done with it, before it is known to be genuine.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	if auth, err := v.known(ctx, nil, text); auth != nil || err != nil {
		return auth, err
	}
	if len(text) > v.maxSize {
		return nil, errTooLarge
	}
	c := v.kind.Open(text)
	defer c.Close()
	return v.verify(ctx, nil, c, text)
}

// verify verifies a credential that is not in the cache, and adds it if it is good.
func (v *Verifier) verify(ctx context.Context, req core.Request, c Credential, text string) (*core.Auth, error) {
	entry, err := v.examine(ctx, c)
	if err != nil {
		return nil, err
	}
	if v.cache != nil {
		keep(v.cache, c, text, entry)
	}
	return v.admit(ctx, req, entry.auth)
}

// examine verifies a credential, apart from its conditions. An error has the hint of the profile.
func (v *Verifier) examine(ctx context.Context, c Credential) (entry verified, err error) {
	if entry, err = v.inspect(ctx, c); err != nil {
		err = v.hints.add(err)
	}
	return entry, err
}

func (v *Verifier) inspect(ctx context.Context, c Credential) (entry verified, err error) {
	entry.generation = v.kind.Generation() // before Verify, so that the removal of a key during Verify ends the entry
	payload, end, err := c.Verify(ctx)
	if err != nil {
		return entry, err
	}
	if entry.auth, entry.valid, err = v.identify(payload); err != nil {
		return entry, err
	}
	entry.valid = entry.valid.Until(end)
	if r, ok := c.(rememberer); ok {
		r.Remember(entry.valid.End())
		entry.typ = r.MediaType()
	}
	return entry, nil
}

// identify reads and checks the claims of a genuine credential, and its scopes.
func (v *Verifier) identify(payload []byte) (auth *core.Auth, valid claims.Validity, err error) {
	c := getClaims()
	defer putClaims(c)
	if v.reader.Read(c, string(payload)) != nil {
		return nil, valid, claims.ErrMalformed
	}
	if valid, err = v.rules.Check(v.reader, c, v.now()); err != nil {
		return nil, valid, err
	}
	auth = c.Auth(payload)
	for _, scope := range v.scopes {
		if !auth.HasScope(scope) {
			return nil, valid, v.denied
		}
	}
	return auth, valid, nil
}

// admit calls the conditions for an identity, and returns it if all accept it.
func (v *Verifier) admit(ctx context.Context, req core.Request, auth *core.Auth) (*core.Auth, error) {
	for _, condition := range v.conditions {
		if err := condition(ctx, req, auth); err != nil {
			return nil, err
		}
	}
	return auth, nil
}
