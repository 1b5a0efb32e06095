package jwt

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config says which tokens are good. Its zero value is an error: name the issuers and the audiences, or waive a check by name.
// A preset fills it in for Microkubes. Whatever it says, a token must have `exp`, and `sub` or `userId`: one that names nobody is
// refused, with the reason missing_claim_sub.
//
// Package oauth2 embeds it in a Config of its own.
type Config struct {
	// Issuers are the good values of `iss`, compared exactly (RFC 7519, section 4.1.1). All of them share the key store: for
	// issuers that must not sign for each other make a provider of each, with its own store.
	Issuers []string
	// AnyIssuer waives the check of `iss`.
	AnyIssuer bool
	// Audiences are the names of this service. One of them must be `aud`, or one of its values (RFC 7519, section 4.1.3).
	Audiences []string
	// AnyAudience waives the check of `aud`: a token for any other service is then good here, too.
	AnyAudience bool

	// Algorithms are those allowed (RFC 8725, section 3.1). Empty: RS, ES and EdDSA, and HS where the store holds secrets for
	// it. PS256, PS384 and PS512 are allowed only when they are named. EdDSA allows Ed25519, its name in RFC 9864, too; Ed25519
	// allows that name alone.
	Algorithms []string
	// Types are the good values of `typ` (RFC 8725, section 3.11), compared without case and without a leading "application/".
	// Empty: JWT, or none. In package oauth2 the form of the tokens decides, and Types must be empty.
	Types []string
	// Leeway is added to the times in `exp` and `nbf`, at most one minute.
	Leeway time.Duration
	// MaxSize is the length of the longest token that is looked at, in bytes. Zero: 8192. The first provider that looks for
	// tokens in a place refuses longer ones, whoever owns them: give all of them the same limit.
	MaxSize int
	// CacheSize is how many verified tokens are kept at most, so that the next request with one costs next to nothing. Zero:
	// 4096; rounded up to a power of two, 8 or more; a negative number: none. Entries are in sets of eight: where n tokens are in
	// use at once, ask for 2n. A known token is good no longer than any other: its times, the generation of the keys and Revoked
	// are checked on every request. Memory is taken only as tokens come, for each two to three times its size (five times, where
	// it is a list of many short items), and is kept until another token needs it.
	CacheSize int
	// Source is where the token is found. The zero value is the Authorization header.
	Source core.TokenSource
	// Revoked is asked about every good token, on every request. An error of it is 503, never a yes.
	Revoked func(ctx context.Context, auth *core.Auth) (bool, error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Microkubes is the Config for the tokens of Microkubes' jwt-issuer: RS256, RS384 or RS512, no `kid`, and no audience,
// which is waived by name here.
func Microkubes(issuer string) Config {
	return Config{
		Issuers:     []string{issuer},
		AnyAudience: true,
		Algorithms:  []string{"RS256", "RS384", "RS512"},
	}
}

var profile = token.Profile{Name: "jwt", Dialect: claims.JWTIssuer}

// New makes a provider for a chain: a [core.Authenticator] that decides on the tokens of its issuers and types, and leaves all
// others to other providers. A token that is too long or has a malformed header belongs to no provider and is refused. A Config
// that is unsafe is an error of [core.NewSecurityChain], which says what to change.
func New(store keys.Store, config Config) core.Authenticator {
	return token.New(store, token.Policy(config), profile)
}

// Verifier checks tokens without HTTP: for a message queue, a command, a test. It is safe for concurrent use.
type Verifier struct{ verifier *token.Verifier }

// NewVerifier fails on a Config that would accept more than its author meant.
func NewVerifier(store keys.Store, config Config) (*Verifier, error) {
	v, err := token.NewVerifier(store, token.Policy(config), profile)
	if err != nil {
		return nil, err
	}
	return &Verifier{verifier: v}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code. Nothing of a token is believed, or costs
// much, before its signature is good; ARCHITECTURE.md has the order of the checks.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	return v.verifier.Verify(ctx, text)
}
