package core_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestProviderThatRemovesTheCredential holds that the providers behind it do not find the credential.
func TestProviderThatRemovesTheCredential(t *testing.T) {
	headers := coretest.Bearer("t")
	strip := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		headers.Del("Authorization")
		return nil
	})
	var seen int
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
		_, seen = req.Header("Authorization")
		return nil
	})
	chain, err := core.NewSecurityChain(strip, look)
	require.NoError(t, err)
	_, ok := chain.Guard(t.Context(), coretest.Request{Headers: headers}, &coretest.Recorder{})
	assert.False(t, ok)
	assert.Zero(t, seen)
}

// takesAway is a provider that removes the credential from the request.
type takesAway struct{ headers http.Header }

func (p *takesAway) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	p.headers.Del("Authorization")
	return nil
}

func TestRemovedTokenIsNotVerified(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	headers := coretest.Bearer(issuer.Microkubes(nil))
	chain := newChain(t, &takesAway{headers}, jwt.New(issuer.Keys(), jwt.Microkubes("i")))
	assert.Equal(t, "no_credential", guard(t, chain, coretest.Request{Headers: headers}).reason(t))
}
