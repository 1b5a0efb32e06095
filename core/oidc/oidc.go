package oidc

import (
	"context"
	"fmt"
	"maps"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config describes an OpenID provider: which of its tokens are accepted, and where its keys are. A preset returns a Config, whose
// fields can be changed before it is given to [New]. The zero Config is an error.
type Config struct {
	// Config says which tokens are accepted, and which claims hold the identity. Without Claims, a token gives the identity
	// nothing but the user, in `sub`.
	jwt.Config
	// Keys says where the keys are. A preset sets Issuer, or KeysURL where there is no discovery document for all issuers. Client
	// may have a private CA, and Required makes [New] fail if the keys cannot be fetched.
	Keys keys.RemoteConfig
	// Name is the name of the provider in logs and events. Empty: oidc.
	Name string

	// These are of the preset.
	hints  token.Hints
	repeat claims.Repeat
	err    error
}

// Provider authenticates requests by the tokens of one OpenID provider. It is a [core.Authenticator] for a chain, and may be a
// member of issuers.New. It is safe for concurrent use.
type Provider struct {
	engine
	keys *keys.RemoteSet
}

// engine has the methods of [core.Authenticator].
type engine = *token.Provider

var (
	_ core.Authenticator = (*Provider)(nil)
	_ seal.Sealed        = (*Provider)(nil)
)

// New returns a provider and begins to fetch its keys. If the Config is unsafe or incomplete, or if it allows none of the keys
// that the provider has, the error says what to change.
//
// New waits for the first fetch. ctx limits only that. A provider whose server does not answer starts without keys, unless
// config.Keys.Required is set: it refuses tokens with 503 until the server answers. Close stops fetching.
func New(ctx context.Context, config Config) (*Provider, error) {
	if config.Name == "" {
		config.Name = "oidc"
	}
	err := config.err
	if err == nil { // before there is a connection to the provider
		err = config.provider(unopened{}).Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("oidc: %s: %w", config.Name, err)
	}
	store, err := config.Keys.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("oidc: %s: %w", config.Name, err)
	}
	p := &Provider{engine: config.provider(store), keys: store}
	if err := p.Validate(); err != nil { // all keys of the provider are for other algorithms
		_ = store.Close()
		return nil, fmt.Errorf("oidc: %s: %w", config.Name, err)
	}
	return p, nil
}

func (c Config) provider(store keys.Store) *token.Provider {
	hints := token.Hints{
		"bad_issuer": "iss is not this issuer: compare it with the discovery document, also in a slash at the end",
	}
	maps.Copy(hints, c.hints)
	profile := token.Profile{
		Name: c.Name, Hints: hints,
		Dialect: claims.Dialect{User: []claims.Text{{Path: claims.Path{"sub"}}}, Repeat: c.repeat},
	}
	return token.As(jwt.New(store, c.Config), profile)
}

// unopened stands for the keys while a Config is checked. Its methods are not called.
type unopened struct{ keys.Store }

// Ready waits until there are keys. If ctx ends first, the error says why there are none.
func (p *Provider) Ready(ctx context.Context) error { return p.keys.Ready(ctx) }

// Health returns the state of the keys. It does not wait for a fetch.
func (p *Provider) Health() keys.RemoteHealth { return p.keys.Health() }

// Close stops fetching keys. Requests in progress are completed.
func (p *Provider) Close() error { return p.keys.Close() }

// Seal tells the chain that p does not change a request.
func (p *Provider) Seal() seal.Seal { return seal.Of(p) }
