package oidc_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oidc"
)

const realm = "https://sso.example.com/realms/main"

// token returns a token of the realm for the client orders.
func token(issuer *coretest.Issuer) string {
	return issuer.Sign(map[string]any{"alg": "RS256", "kid": issuer.KeyID, "typ": "JWT"}, coretest.Claims{
		"iss": realm, "aud": "orders", "sub": "u", "azp": "c", "typ": "Bearer", "exp": time.Now().Add(time.Hour).Unix(),
	})
}

// TestStartWithoutTheServer starts while the server refuses connections, and heals it.
func TestStartWithoutTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := coretest.NewIssuerServer(signer("RS256", realm))
		defer server.Close()
		config := oidc.Keycloak(realm, "orders")
		config.Keys.Client, config.Keys.Logger = server.Client(), slog.New(slog.DiscardHandler)
		server.Refuse()

		config.Keys.Required = true
		_, err := oidc.New(t.Context(), config)
		require.ErrorContains(t, err, "oidc: keycloak: keys: the first fetch failed, and RemoteConfig.Required is set")

		config.Keys.Required = false
		ctx, cancel := context.WithCancel(t.Context())
		p, err := oidc.New(ctx, config)
		require.NoError(t, err)
		defer func() { assert.NoError(t, p.Close()) }()
		cancel() // ends nothing but the start
		assert.Equal(t, 503, statusOf(t, p, token(server.Issuer)))
		assert.False(t, p.Health().Usable)
		assert.Error(t, p.Health().Err)
		assert.ErrorIs(t, p.Ready(ctx), keys.ErrUnavailable)

		server.Heal()
		require.NoError(t, p.Ready(t.Context()))
		assert.True(t, p.Health().Usable)
		assert.Zero(t, statusOf(t, p, token(server.Issuer)))
	})
}

// statusOf returns the status of the answer to a token, or 0 if the request may pass.
func statusOf(t *testing.T, p core.Authenticator, token string) int {
	t.Helper()
	chain, err := core.NewSecurityChain(p)
	require.NoError(t, err)
	var res coretest.Recorder
	chain.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
	return res.Status
}

// TestStartThatTakesTooLong has a context that ends before the server answers.
func TestStartThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := coretest.NewIssuerServer(signer("RS256", realm))
		defer server.Close()
		config := oidc.Keycloak(realm, "orders")
		config.Keys.Client, config.Keys.Logger = server.Client(), slog.New(slog.DiscardHandler)
		server.Fail(coretest.Delay(time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		p, err := oidc.New(ctx, config)
		require.NoError(t, err)
		defer func() { assert.NoError(t, p.Close()) }()
		assert.Equal(t, time.Second, time.Since(begin))
		server.Heal()
		require.NoError(t, p.Ready(t.Context()))
		assert.Zero(t, statusOf(t, p, token(server.Issuer)))
	})
}

// TestAFailedStartLeavesNothing has a start that fails before the first fetch, and one that fails after it. The bubble of the test
// finds goroutines that are left.
func TestAFailedStartLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := coretest.NewIssuerServer(signer("ES256", realm))
		defer server.Close()
		config := oidc.Keycloak(realm, "orders")
		config.Audiences = nil
		config.Keys.Client = server.Client()
		_, err := oidc.New(t.Context(), config)
		require.ErrorContains(t, err, "Config.Audiences")
		_, fetches := server.Fetches()
		assert.Zero(t, fetches, "the Config is checked first")

		config.Audiences, config.Algorithms = []string{"orders"}, []string{"RS256"}
		_, err = oidc.New(t.Context(), config)
		require.ErrorContains(t, err, "oidc: keycloak: the key store has no key for RS256")
		_, fetches = server.Fetches()
		assert.Equal(t, 1, fetches)
	})
}

// wrapped is a provider of another module.
type wrapped struct{ *oidc.Provider }

// TestSeal holds that the chain knows a provider as one of this module, and nothing that embeds it.
func TestSeal(t *testing.T) {
	p := open(t, oidc.Keycloak(realm, "orders"), "RS256")
	assert.True(t, seal.Intact(p))
	assert.False(t, seal.Intact(&wrapped{p}))
	_, err := core.NewSecurityChain(issuers.New(&wrapped{p}))
	assert.ErrorContains(t, err, "*oidc_test.wrapped is not a provider that jwt.New, oauth2.New or oidc.New has made")
	for _, none := range []*oidc.Provider{nil, {}} {
		_, err = core.NewSecurityChain(issuers.New(none))
		assert.ErrorContains(t, err, "*oidc.Provider is not a provider that jwt.New")
	}
}

// TestMembers has providers in one chain and as members of one provider.
func TestMembers(t *testing.T) {
	keycloak, auth0 := open(t, presets["keycloak"], "RS256"), open(t, presets["auth0"], "PS256")
	for name, p := range map[string]core.Authenticator{
		"":         issuers.New(keycloak, auth0),
		"in order": issuers.New(issuers.New(auth0), keycloak),
	} {
		for file, user := range map[string]string{"keycloak-access-aud-mapper": "f3b0-sub", "auth0-ps256": "auth0|123"} {
			auth, reason, _ := askFor(t, p, sign(shapeOf(t, file)))
			require.Empty(t, reason, name)
			assert.Equal(t, user, auth.UserID())
		}
		_, reason, claim := askFor(t, p, sign(shapeOf(t, "keycloak-id-token")))
		assert.Equal(t, []string{"bad_claim_value", "typ"}, []string{reason, claim})
	}
	_, err := core.NewSecurityChain(issuers.New(keycloak, keycloak))
	assert.ErrorContains(t, err, `member 2 (keycloak): an earlier member has the issuer "https://kc.example.com/realms/demo", too`)
	_, err = core.NewSecurityChain(keycloak, auth0)
	assert.NoError(t, err)
	_, err = core.NewSecurityChain(keycloak, keycloak)
	assert.Error(t, err)
}

// sign returns a token of that shape.
func sign(s shape) string {
	issuer := signer(s.Algorithm, "")
	s.Header["kid"] = issuer.KeyID
	if s.Header["alg"] == nil {
		s.Header["alg"] = s.Algorithm
	}
	return issuer.Sign(s.Header, s.Claims)
}

// TestName has the name of a provider in the event of a refusal.
func TestName(t *testing.T) {
	for name, config := range map[string]oidc.Config{"keycloak": presets["keycloak"], "entra": presets["entra v1"], "oidc": presets["issuer"]} {
		assert.Equal(t, name, open(t, config, "RS256").Name())
	}
	config := presets["keycloak"]
	config.Name = ""
	assert.Equal(t, "oidc", open(t, config, "RS256").Name())
}

// TestASlashTooMuchOrTooFew starts with the name of an issuer that differs from its own in a slash.
func TestASlashTooMuchOrTooFew(t *testing.T) {
	for own, config := range map[string]oidc.Config{
		"https://hydra.example.com/": oidc.Hydra("https://hydra.example.com", "orders"),
		"https://idp.example.com":    oidc.Issuer("https://idp.example.com/", "orders"),
	} {
		server := coretest.NewIssuerServer(signer("RS256", own))
		defer server.Close()
		config.Keys.Client, config.Keys.Required = server.Client(), true
		_, err := oidc.New(t.Context(), config)
		assert.ErrorContains(t, err, `its "issuer" differs from RemoteConfig.Issuer in a slash at the end: write it as it is there`)
	}
}

// TestZeroProvider has a provider that New has not made, alone in a chain and with others. The error says what to change.
func TestZeroProvider(t *testing.T) {
	_, err := core.NewSecurityChain(&oidc.Provider{})
	assert.EqualError(t, err, "core: provider 1: zero value: make the provider with New")
	_, err = core.NewSecurityChain(core.PublicRoutes("/health"), issuers.New(&oidc.Provider{}))
	assert.ErrorContains(t, err, "*oidc.Provider is not a provider that jwt.New, oauth2.New or oidc.New has made")
}
