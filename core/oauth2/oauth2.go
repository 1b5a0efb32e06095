package oauth2

import (
	"context"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config says which access tokens are good. Its zero value is an error: make it with [AccessTokens] or [Microkubes], and
// change what differs.
//
//	config := oauth2.AccessTokens("https://login.example.com", "https://orders.example.com")
//	config.Leeway = 5 * time.Second
type Config struct {
	// Config has the fields that all tokens share: Issuers, Audiences, Algorithms, Leeway and so on. Types must be empty, since
	// Form says what `typ` is.
	jwt.Config
	// Scopes are those that every token must have; a token without one of them gets 403. For scopes of single routes use
	// [core.RequireScopes].
	Scopes []string
	// Form is the form of the tokens. Zero: RFC 9068.
	Form Form
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
	return Config{Config: jwt.Config{Issuers: []string{issuer}, Audiences: []string{audience}}}
}

// Microkubes is the Config for the tokens of Microkubes' authorization-server: RS256, RS384 or RS512, no `kid`, and no
// audience, which is waived by name here.
func Microkubes(issuer string) Config {
	return Config{Config: jwt.Microkubes(issuer), Form: AuthorizationServer}
}

// New makes a provider for a chain: a [core.Authenticator] that decides on the access tokens of its issuers, and leaves all
// others to other providers. A token that is too long or has a malformed header belongs to no provider and is refused. A Config
// that is unsafe is an error of [core.NewSecurityChain], which says what to change.
func New(store keys.Store, config Config) core.Authenticator {
	return token.New(store, token.Policy(config.Config), config.profile())
}

// Verifier checks access tokens without HTTP. It is safe for concurrent use.
type Verifier struct{ verifier *token.Verifier }

// NewVerifier fails on a Config that would accept more than its author meant.
func NewVerifier(store keys.Store, config Config) (*Verifier, error) {
	v, err := token.NewVerifier(store, token.Policy(config.Config), config.profile())
	if err != nil {
		return nil, err
	}
	return &Verifier{verifier: v}, nil
}

// Verify returns the identity in a token, or an *[core.Error] with a reason code.
func (v *Verifier) Verify(ctx context.Context, text string) (*core.Auth, error) {
	return v.verifier.Verify(ctx, text)
}

func (c Config) profile() token.Profile {
	p := token.Profile{Name: "oauth2", Dialect: claims.AccessToken, Types: []string{"at+jwt"}, Scopes: c.Scopes}
	if c.Form == AuthorizationServer { // an unknown form gets the stricter one
		p.Dialect, p.Types = claims.AuthorizationServer, []string{"JWT"}
	}
	return p
}
