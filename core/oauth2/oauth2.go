package oauth2

import (
	"context"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config describes which access tokens are accepted. The zero Config is an error: make one with [AccessTokens] or [Microkubes],
// and change its fields as needed.
//
//	config := oauth2.AccessTokens("https://login.example.com", "https://orders.example.com")
//	config.Leeway = 5 * time.Second
type Config struct {
	// Config has the fields that are the same for all tokens: Issuers, Audiences, Algorithms, Leeway and so on. Types and the
	// fields of Claims that are set take the place of what Form says.
	jwt.Config
	// Scopes lists the scopes that every token must have. The answer to a token without one of them is 403. For the scopes of
	// single routes use [core.RequireScopes].
	Scopes []string
	// Form is the form of the tokens: which `typ` and which claims they have, unless Types and Claims say it. Zero: RFC9068.
	Form Form
}

// Form is a form of access tokens.
type Form int

const (
	// RFC9068 is the form of RFC 9068: `typ` is at+jwt, and a token has all claims that section 2.2 requires.
	RFC9068 Form = iota
	// AuthorizationServer is the form of Microkubes' authorization-server: `typ` is JWT, and `sub` names the client.
	AuthorizationServer
)

// AccessTokens returns the Config for the tokens of one issuer by RFC 9068. The audience is the name of this service at the
// authorization server, usually its URL.
func AccessTokens(issuer, audience string) Config {
	return Config{Config: jwt.Config{Issuers: []string{issuer}, Audiences: []string{audience}}}
}

// Microkubes returns the Config for the tokens of Microkubes' authorization-server: RS256, RS384 or RS512, without a `kid` and
// without an audience. The check of the audience is waived.
func Microkubes(issuer string) Config {
	return Config{Config: jwt.Microkubes(issuer), Form: AuthorizationServer}
}

// New returns a provider for a chain: a [core.Authenticator] that decides on the access tokens of its issuers, and leaves all
// others to other providers. A token that is too long or has a malformed header belongs to no provider and is refused. If the
// Config is unsafe, [core.NewSecurityChain] returns an error that says what to change.
func New(store keys.Store, config Config) core.Authenticator {
	return token.As(jwt.New(store, config.Config), config.profile())
}

// Verifier verifies access tokens without HTTP. It is safe for concurrent use.
type Verifier struct{ verifier *token.Verifier }

// NewVerifier returns a Verifier. It fails if the Config is unsafe, with an error that says what to change.
func NewVerifier(store keys.Store, config Config) (*Verifier, error) {
	v, err := token.As(jwt.New(store, config.Config), config.profile()).Verifier()
	if err != nil {
		return nil, err
	}
	return &Verifier{verifier: v}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	return v.verifier.Verify(ctx, text)
}

// profile returns the profile for the form of the tokens.
func (c Config) profile() token.Profile {
	p := token.Profile{Name: "oauth2", Dialect: claims.AccessToken, Types: []string{"at+jwt"}, Scopes: c.Scopes}
	if c.Form == AuthorizationServer { // an unknown form gets the stricter one
		p.Dialect, p.Types = claims.AuthorizationServer, []string{"JWT"}
	}
	return p
}
