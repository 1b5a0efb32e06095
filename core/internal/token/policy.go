// Package token verifies credentials and authenticates requests by them.
//
// [Verifier] and [Provider] do what is the same for all credentials: ownership, the cache, claims, times, scopes and revocation.
// A [Kind] does what differs. The only kind is that of signed JSON Web Tokens. Packages jwt and oauth2 add policies and profiles.
package token

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// Policy says which tokens are good. Its fields are those of jwt.Config, which documents them.
type Policy struct {
	Issuers     []string
	AnyIssuer   bool
	Audiences   []string
	AnyAudience bool
	Algorithms  []string
	Types       []string
	Claims      claims.Dialect
	Leeway      time.Duration
	MaxSize     int
	CacheSize   int
	Source      core.TokenSource
	Revoked     func(ctx context.Context, auth *core.Auth) (bool, error)
	Now         func() time.Time
}

// Profile has the properties of a form of tokens that its package decides, and not the Policy.
type Profile struct {
	Name    string         // of the package, for errors and logs
	Dialect claims.Dialect // of which Policy.Claims may replace fields
	Scopes  []string       // that every token must have
	Types   []string       // the accepted values of `typ` if the policy has none
	Hints   Hints
}

// Hints say what to change, by the claim that a refusal is about, or by its reason code if it is not about a claim.
type Hints map[string]string

// add returns a refusal with its hint, or err if there is none.
func (h Hints) add(err error) error {
	var refusal *core.Error
	if len(h) == 0 || !errors.As(err, &refusal) {
		return err
	}
	var detail reason.Detail
	key := string(refusal.Reason())
	if errors.As(err, &detail) {
		key = detail.Claim
	}
	if detail.Hint = h[key]; detail.Hint == "" {
		return err
	}
	return refusal.WithCause(detail)
}

const (
	defaultMaxSize   = 8 << 10
	defaultCacheSize = 4096
	maxLeeway        = time.Minute
)

var defaultAlgorithms = []string{
	"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512",
}

// withDefaults returns a copy of p with defaults in place of zero values. It shares no slices with p.
func (p Policy) withDefaults(profile *Profile) Policy {
	p.Issuers, p.Audiences = slices.Clone(p.Issuers), slices.Clone(p.Audiences)
	p.Algorithms = slices.Clone(p.Algorithms)
	if len(p.Algorithms) == 0 {
		p.Algorithms = slices.Clone(defaultAlgorithms)
	}
	if slices.Contains(p.Algorithms, "EdDSA") {
		p.Algorithms = append(p.Algorithms, "Ed25519") // another name of EdDSA with this curve (RFC 9864, section 2.2)
	}
	p.Types = slices.Clone(p.Types)
	if len(p.Types) == 0 {
		p.Types = slices.Clone(profile.Types)
	}
	if len(p.Types) == 0 {
		p.Types = []string{"JWT", ""}
	}
	for i, t := range p.Types {
		p.Types[i] = jws.MediaType(t)
	}
	if p.MaxSize == 0 {
		p.MaxSize = defaultMaxSize
	}
	if p.CacheSize == 0 {
		p.CacheSize = defaultCacheSize
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	return p
}
