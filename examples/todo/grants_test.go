package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestScopesAreForClients sends tokens that a real issuer gives and the demonstration does not. The jwt-issuer of Microkubes writes
// into scopes what the sign-in asks for. An OAuth2 token that acts for a user has the roles of the user beside its scopes. Todo 1
// is ann's and todo 2 bob's.
func TestScopesAreForClients(t *testing.T) {
	const body = `{"title": "stolen"}`
	user := func(p *platform, roles, scopes string) string {
		return p.issuer.Microkubes(coretest.Claims{"sub": "id-bob", "userId": "id-bob", "username": "bob", "organizations": "acme",
			"roles": roles, "scopes": scopes})
	}
	client := func(p *platform, audience, scope string) string {
		return p.issuer.AccessToken(audience, coretest.Claims{"sub": "id-ann", "client_id": "reporter", "scope": scope,
			"roles": []string{"user", "admin"}, "organizations": []string{"acme"}})
	}
	for _, c := range []struct {
		name         string
		token        func(p *platform) string
		method, path string
		status       int
	}{
		{"a user who asks for the scopes of a client", func(p *platform) string { return user(p, "user", "todos:read todos:write") },
			"PUT", "/todos/1", 403},
		{"who still may change its own", func(p *platform) string { return user(p, "user", "todos:read todos:write") },
			"PUT", "/todos/2", 200},
		{"a user without a role", func(p *platform) string { return user(p, "", "todos:read todos:write") }, "GET", "/todos", 403},
		{"a client for an administrator deletes", func(p *platform) string { return client(p, audience, "todos:read") },
			"DELETE", "/todos/1", 403},
		{"it changes", func(p *platform) string { return client(p, audience, "todos:read") }, "PUT", "/todos/1", 403},
		{"it adds", func(p *platform) string { return client(p, audience, "todos:read") }, "POST", "/todos", 403},
		{"it reads", func(p *platform) string { return client(p, audience, "todos:read") }, "GET", "/todos/1", 200},
		{"without a scope", func(p *platform) string { return client(p, audience, "openid") }, "GET", "/todos/1", 403},
		{"a token for another service", func(p *platform) string { return client(p, "https://other.example.com", "todos:write") },
			"PUT", "/todos/1", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := start(t, ":memory:")
			p.seed(t)
			status, text := p.sendToken(t, c.token(p), c.method, c.path, body)
			assert.Equal(t, c.status, status, text)
		})
	}
}
