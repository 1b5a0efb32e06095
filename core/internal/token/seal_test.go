package token_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// changing is a request that counts how often its path is asked for, and whose path may change.
type changing struct {
	coretest.Request
	path  string
	asked int
}

func (r *changing) RoutePath() string { r.asked++; return r.path }

// newOpaque is a provider of a kind that the library does not have.
func newOpaque() *token.Provider {
	policy := token.Policy{AnyIssuer: true, AnyAudience: true, MaxSize: 20, Now: time.Now}
	dialect := claims.Dialect{User: []claims.Text{{Path: claims.Path{"sub"}}}}
	return token.NewProvider("opaque", token.NewVerifierOf(&opaque{}, policy, token.Profile{Dialect: dialect}))
}

// rewriter embeds a provider, so it has all of its methods, and changes the request in its own Provide.
type rewriter struct {
	*token.Provider
	to string
}

func (w *rewriter) Provide(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
	r, _ := core.RequestAs[*changing](req)
	r.path = w.to
	return nil
}

// rewriterOfAny does the same with the interface that jwt.New returns.
type rewriterOfAny struct {
	core.Authenticator
	*rewriter
}

func (w *rewriterOfAny) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	return w.rewriter.Provide(ctx, sc, req, res)
}

func (w *rewriterOfAny) Owns() []core.Ownership { return w.Authenticator.Owns() }

func guard(t *testing.T, req core.Request, providers ...core.Provider) bool {
	t.Helper()
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	_, passed := chain.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), req, &coretest.Recorder{})
	return passed
}

func noTenant(context.Context, string) (core.Authenticator, io.Closer, error) {
	return nil, nil, issuers.ErrUnknown
}

// TestPathIsReadOnce holds that between the chain and the providers of this module, of whichever kind, the adapter is asked once.
func TestPathIsReadOnce(t *testing.T) {
	issuer := coretest.NewIssuer("issuer")
	for name, p := range map[string]core.Provider{
		"signed tokens": jwt.New(issuer.Keys(), jwt.Microkubes("issuer")),
		"a later kind":  newOpaque(),
		"several":       issuers.New(jwt.New(issuer.Keys(), jwt.Microkubes("issuer"))),
		"tenants":       issuers.Resolve(noTenant, issuers.Config{}),
	} {
		r := &changing{path: "/public"}
		assert.True(t, guard(t, r, p, core.PublicRoutes("/public")), name)
		assert.Equal(t, 1, r.asked, name)
	}
}

// TestEmbeddedProviderIsNotOfThisModule has types of a user that embed a provider of this module and change the request. The path
// that the chain has read before is the wrong one then.
func TestEmbeddedProviderIsNotOfThisModule(t *testing.T) {
	issuer := coretest.NewIssuer("issuer")
	tokens := jwt.New(issuer.Keys(), jwt.Microkubes("issuer"))
	for name, p := range map[string]core.Provider{
		"the provider": &rewriter{newOpaque(), "/admin"},
		"both":         &rewriterOfAny{tokens, &rewriter{newOpaque(), "/admin"}},
	} {
		assert.False(t, guard(t, &changing{path: "/public"}, p, core.PublicRoutes("/public")), name)
	}
}
