package main

import (
	"context"
	_ "embed" // acl.json
	"io"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
	"github.com/microkubes/microkubes-go/service"
)

// audience is the name of this service at the authorization server.
const audience = "https://todo.example.com"

//go:embed acl.json
var builtIn []byte

// openPolicies returns the policies in a file, which may change while the service runs, or those of acl.json if name is empty.
func openPolicies(name string) (*acl.Policies, error) {
	if name == "" {
		return acl.Parse(builtIn)
	}
	return acl.File(name)
}

// policy accepts the users' tokens and the OAuth2 access tokens of one issuer, which it fetches the keys of. The policies decide
// what each identity may do.
func policy(issuer string, policies *acl.Policies) service.Policy {
	return func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
		store, err := keys.RemoteConfig{Issuer: issuer, Required: true}.Open(ctx)
		if err != nil {
			return nil, nil, err
		}
		chain, err := core.NewSecurityChain(
			core.Enrich(jwt.New(store, jwt.Microkubes(issuer)), asUser),
			core.Enrich(oauth2.New(store, oauth2.AccessTokens(issuer, audience)), asClient),
			policies,
		)
		return chain, []io.Closer{store}, err
	}
}

// asUser takes away the scopes: the jwt-issuer writes into the token of a user what the sign-in asks for, so they grant nothing.
// Roles decide what a user may do.
func asUser(_ context.Context, auth *core.Auth) (*core.Auth, error) {
	data := auth.Data()
	data.Scopes = nil
	return core.NewAuth(data), nil
}

// asClient takes away the roles: a client that acts for an administrator may do what its scopes say, and no more.
func asClient(_ context.Context, auth *core.Auth) (*core.Auth, error) {
	data := auth.Data()
	data.Roles = nil
	return core.NewAuth(data), nil
}

// paths are the prefixes that the gateway sends to the service.
var paths = []string{"/todos", "/app/"}
