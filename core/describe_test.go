package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/described"
)

// secretive is a provider with a secret in its configuration.
type secretive struct{ Key string }

func (secretive) Name() string { return "secretive" }
func (secretive) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	return nil
}

func TestDescribe(t *testing.T) {
	const secret = "hunter2"
	chain := func(providers ...core.Provider) *core.SecurityChain {
		c, err := core.NewSecurityChain(append(providers, secretive{secret})...)
		require.NoError(t, err)
		return c
	}
	for _, c := range []struct {
		name  string
		chain *core.SecurityChain
		want  string
	}{
		{"closed", chain(), "secretive"},
		{"the zero value", new(core.SecurityChain), "no provider"},
		{"public routes", chain(core.PublicRoutes("/a", "GET /b/**")), "secretive; public: /a, GET /b/**"},
		{"optional", chain(core.Optional()), "secretive; a credential is optional"},
		{"public", chain(core.PublicRoutes("/a"), core.Optional()).Public(), "public"},
		{"a role", chain().With(core.RequireRoles("admin")), `secretive; requires the role "admin"`},
		{"all of several", chain().With(core.RequireRoles("a", "b")), `secretive; requires the roles "a", "b"`},
		{"one of several", chain().With(core.RequireAnyScope("a", "b")), `secretive; requires one of the scopes "a", "b"`},
		{"an identity", chain(core.Optional()).With(core.RequireAuth()), `secretive; requires an identity; a credential is optional`},
		{"several", chain().With(core.RequireRoles("a")).With(core.RequireScopes("s"), secretive{secret}),
			`secretive; requires the role "a", and the scope "s", and secretive`},
		{"then", chain().Then(core.RequireRoles("a")), `the identity of an outer chain; requires the role "a"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := described.Of(c.chain)
			assert.Equal(t, c.want, d.String())
			assert.NotContains(t, fmt.Sprintf("%+v %#v", d, d), secret)
		})
	}
}

func TestDescribeScopes(t *testing.T) {
	base, err := core.NewSecurityChain(secretive{}, core.RequireScopes("z", "a"))
	require.NoError(t, err)
	d := described.Of(base.With(core.RequireAnyScope("m", "a"), core.RequireRoles("r")))
	assert.Equal(t, []string{"a", "m", "z"}, d.Scopes)
	d.Scopes[0] = "changed"
	assert.Equal(t, []string{"a", "z"}, described.Of(base).Scopes, "each description is a copy")
	assert.Empty(t, described.Of(base.Public()).Scopes, "the base chain is skipped")
}
