package jwt

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config describes which tokens are accepted. The zero Config is an error: name the issuers and the audiences, or waive a check
// by name. [Microkubes] returns a Config for Microkubes' tokens. With any Config, a token must have `exp`, and must name a user,
// in `sub` or in a claim of Claims.User, or with Claims.SubjectOptional a client. Otherwise it is refused.
//
// Package oauth2 embeds this type in its own Config.
type Config struct {
	// Issuers lists the accepted values of `iss`. They are compared exactly (RFC 7519, section 4.1.1). All issuers share the key
	// store. For issuers that must not sign for each other, make a provider for each, with its own store.
	Issuers []string
	// AnyIssuer waives the check of `iss`.
	AnyIssuer bool
	// Audiences lists the names of this service. `aud` must be one of them, or contain one of them (RFC 7519, section 4.1.3).
	Audiences []string
	// AnyAudience waives the check of `aud`. A token for any other service is then accepted, too.
	AnyAudience bool

	// Algorithms lists the allowed algorithms (RFC 8725, section 3.1). Empty: RS, ES and EdDSA, and HS if the store has secrets
	// for it. PS256, PS384 and PS512 are allowed only if they are listed. EdDSA also allows Ed25519, its name in RFC 9864.
	// Ed25519 allows only that name.
	Algorithms []string
	// Types lists the accepted values of `typ` (RFC 8725, section 3.11). Case and a leading "application/" are ignored. Empty:
	// JWT, or a token without `typ`; in package oauth2 the type of the form. "" in the list is a token without `typ`. If the type
	// does not tell access tokens from ID tokens, Claims must: see [Claims].
	Types []string
	// Claims says which claims hold the identity, and which values a token must have. The zero value: as this package reads
	// tokens, which is that of Microkubes, or as the form of package oauth2.
	Claims Claims
	// Leeway is the tolerance for the times in `exp` and `nbf`, at most one minute.
	Leeway time.Duration
	// MaxSize is the maximum length of a token in bytes. Zero: 8192. The first provider that reads tokens from a source refuses
	// longer ones, whoever owns them, so give all providers the same limit.
	MaxSize int
	// CacheSize is the maximum number of verified tokens in the cache, which makes the next request with the same token cheap.
	// Zero: 4096. Negative: no cache. The size is rounded up to a power of two, at least 8. The cache has sets of eight entries:
	// for n tokens in use at the same time, set it to 2n. A token in the cache is not accepted for longer than any other: its
	// times, the generation of the keys and Revoked are checked on every request. The cache takes memory only as tokens come: two
	// to three times the size of each token, or five times if it has a list of many short items. An entry keeps its memory until
	// another token replaces it.
	//
	// Verified signatures are also remembered, by a digest for each token and key. So a token that is not in the cache, or whose
	// entry a change of the keys has ended, costs a tenth of a verification, until it expires or its key is removed. All
	// providers of the program share 48 MiB for this, which is enough for a million tokens. The memory is taken only as tokens
	// come. A provider without a cache remembers nothing. Tokens that are signed with a secret are not remembered.
	CacheSize int
	// Source is where the token is in the request. The zero value is the Authorization header.
	Source core.TokenSource
	// Revoked reports whether a token has been revoked. It is called for every good token on every request. If it returns an
	// error, the answer is 503, and the token is not accepted.
	Revoked func(ctx context.Context, auth *core.Auth) (bool, error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Microkubes returns the Config for the tokens of Microkubes' jwt-issuer: RS256, RS384 or RS512, without a `kid` and without an
// audience. The check of the audience is waived.
func Microkubes(issuer string) Config {
	return Config{
		Issuers:     []string{issuer},
		AnyAudience: true,
		Algorithms:  []string{"RS256", "RS384", "RS512"},
	}
}

// policy returns c as the engine needs it.
func (c Config) policy() token.Policy {
	return token.Policy{
		Issuers: c.Issuers, AnyIssuer: c.AnyIssuer, Audiences: c.Audiences, AnyAudience: c.AnyAudience,
		Algorithms: c.Algorithms, Types: c.Types, Claims: c.Claims.dialect(), Leeway: c.Leeway,
		MaxSize: c.MaxSize, CacheSize: c.CacheSize, Source: c.Source, Revoked: c.Revoked, Now: c.Now,
	}
}

var profile = token.Profile{Name: "jwt", Dialect: claims.JWTIssuer}

// New returns a provider for a chain: a [core.Authenticator] that decides on the tokens of its issuers and types, and leaves all
// others to other providers. A token that is too long or has a malformed header belongs to no provider and is refused. If the
// Config is unsafe, [core.NewSecurityChain] returns an error that says what to change.
func New(store keys.Store, config Config) core.Authenticator {
	return token.New(store, config.policy(), profile)
}

// Verifier verifies tokens without HTTP, for example those of a message queue or a command. It is safe for concurrent use.
type Verifier struct{ verifier *token.Verifier }

// NewVerifier returns a Verifier. It fails if the Config is unsafe, with an error that says what to change.
func NewVerifier(store keys.Store, config Config) (*Verifier, error) {
	v, err := token.New(store, config.policy(), profile).Verifier()
	if err != nil {
		return nil, err
	}
	return &Verifier{verifier: v}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code. Nothing of a token is trusted, and nothing
// costly is done with it, before its signature is verified. ARCHITECTURE.md has the order of the checks.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	return v.verifier.Verify(ctx, text)
}
