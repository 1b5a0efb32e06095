package oauth2

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config says which access tokens are good. Its zero value is an error: make it with [AccessTokens] or [Microkubes], and
// change what differs.
type Config struct {
	// Issuers are the good values of `iss`, compared exactly. They share the one key store.
	Issuers []string
	// AnyIssuer waives the check of `iss`.
	AnyIssuer bool
	// Audience must be `aud`, or one of its values (RFC 9068, section 4).
	Audience string
	// AnyAudience waives the check of `aud`: a token for any other service is then good here, too.
	AnyAudience bool
	// Scopes are those that every token must have; without one of them the answer is 403. For scopes of single routes
	// use [core.RequireScopes].
	Scopes []string
	// Form is the form of the tokens. Zero: RFC 9068.
	Form Form

	// Algorithms are those allowed. Empty: RS, ES and EdDSA, and HS where the store holds secrets for it. EdDSA allows Ed25519,
	// its name in RFC 9864, too.
	Algorithms []string
	// Leeway is added to the times in `exp` and `nbf`, at most one minute.
	Leeway time.Duration
	// MaxSize is the longest token that is looked at, in bytes. Zero: 8192. The first provider that looks for tokens in a place
	// refuses a longer one, whosever it is: give all of them the same.
	MaxSize int
	// CacheSize is how many verified tokens are kept at most, so that the next request with one costs next to nothing. Zero:
	// 4096; rounded up to a power of two, 8 or more; a negative number: none. Places are in sets of eight: where n tokens are in
	// use at once, ask for 2n. A known token is good no longer than any other: its times, the generation of the keys and Revoked
	// are looked at on every request. Memory is taken only as tokens come, for each two to three times its size (five times,
	// where it is a list of many short items), and until another needs the place.
	CacheSize int
	// Source is where the token is found. The zero value is the Authorization header.
	Source core.TokenSource
	// Revoked is asked of every good token, on every request. An error of it is 503, never a yes.
	Revoked func(ctx context.Context, auth *core.Auth) (bool, error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Form is a form of access tokens.
type Form int

const (
	// RFC9068 has `typ` at+jwt and all claims that RFC 9068, section 2.2 requires.
	RFC9068 Form = iota
	// AuthorizationServer is what Microkubes' authorization-server issues: `typ` JWT, and `sub` names the client.
	AuthorizationServer
)

// AccessTokens is the Config for tokens of one issuer by RFC 9068. The audience is the name of this service at the
// authorization server, usually its URL.
func AccessTokens(issuer, audience string) Config {
	return Config{Issuers: []string{issuer}, Audience: audience}
}

// Microkubes is the Config for the tokens of Microkubes' authorization-server: RS256, RS384 or RS512, no `kid`, and no
// audience, which is waived by name here.
func Microkubes(issuer string) Config {
	return Config{
		Issuers:     []string{issuer},
		AnyAudience: true,
		Algorithms:  []string{"RS256", "RS384", "RS512"},
		Form:        AuthorizationServer,
	}
}

// New makes a provider for a chain: a [core.Authenticator] that decides on the access tokens of its issuers, and leaves
// all others to other providers. What is too long, or has a broken header, is nobody's, and is refused. A Config that is
// unsafe is an error of [core.NewSecurityChain], which says what to change.
func New(store keys.Store, config Config) core.Authenticator {
	return token.New(store, config.policy(), config.profile())
}

// Verifier checks access tokens without HTTP. It is safe for concurrent use.
type Verifier struct{ verifier *token.Verifier }

// NewVerifier fails on a Config that would accept more than its author meant.
func NewVerifier(store keys.Store, config Config) (*Verifier, error) {
	v, err := token.NewVerifier(store, config.policy(), config.profile())
	if err != nil {
		return nil, err
	}
	return &Verifier{verifier: v}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	return v.verifier.Verify(ctx, text)
}

func (c Config) policy() token.Policy {
	types := []string{"at+jwt"}
	if c.Form == AuthorizationServer {
		types = []string{"JWT"}
	}
	return token.Policy{
		Issuers: c.Issuers, AnyIssuer: c.AnyIssuer, Audience: c.Audience, AnyAudience: c.AnyAudience,
		Algorithms: c.Algorithms, Types: types, Leeway: c.Leeway, MaxSize: c.MaxSize, CacheSize: c.CacheSize,
		Source:  c.Source,
		Revoked: c.Revoked, Now: c.Now,
	}
}

func (c Config) profile() token.Profile {
	p := token.Profile{Name: "oauth2", Scopes: c.Scopes}
	switch c.Form {
	case AuthorizationServer:
		p.Required = []string{"sub", "userId", "username"}
		p.SubjectIsClient = true
	default: // an unknown form gets the strictest
		p.Required = []string{"aud", "sub", "client_id", "iat", "jti"}
		p.Standard = true
	}
	return p
}
