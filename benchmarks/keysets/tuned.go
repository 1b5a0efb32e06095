package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	auth0 "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/jwks"
	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"golang.org/x/time/rate"
)

// coolDown is the default of this library. Peers with an option for it get the same.
const coolDown = 10 * time.Second

// tuned returns the peers that have options which change the results, with these options. That of zitadel/oidc,
// rp.SkipRemoteCheck, changes none: it is for tokens without a kid.
func tuned() []contender {
	return []contender{
		{
			name: "keyfunc, with options", of: "keyfunc",
			setUp: "NewDefaultOverrideCtx with RefreshUnknownKID every 10 s and RateLimitWaitMax of 10 ms, UseWhitelist of sig " +
				"and none, and WithValidMethods of golang-jwt with the algorithms of the issuer.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				k, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{i.keysURL()}, keyfunc.Override{
					RefreshUnknownKID: rate.NewLimiter(rate.Every(coolDown), 1),
					RateLimitWaitMax:  10 * time.Millisecond,
				})
				if err != nil {
					return nil, err
				}
				k, err = keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: k.Storage(),
					UseWhitelist: []jwkset.USE{jwkset.UseSig, ""}})
				if err != nil {
					return nil, err
				}
				return golangJWT(i, k, jwt.WithValidMethods(algorithms)), nil
			},
		},
		{
			name: "go-oidc, with options", of: "go-oidc",
			setUp: "oidc.NewRemoteKeySet and oidc.NewVerifier with SupportedSigningAlgs (oidc/verify.go, lines 65 and 66), " +
				"which need no discovery document.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				return goOIDC(ctx, gooidc.NewVerifier(i.url(), gooidc.NewRemoteKeySet(ctx, i.keysURL()),
					&gooidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms})), nil
			},
		},
		{
			name: "jwx, with options", of: "jwx",
			setUp: "jwk.WithIgnoreParseError, whose documentation advises against it, jwk.WithWaitReady(false), " +
				"jwk.WithConstantInterval and jwk.WithMinInterval of 10 s, which poll, jws.WithInferAlgorithmFromKey and " +
				"jws.WithUseDefault.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				return openJWX(ctx, i, []jwk.RegisterOption{
					jwk.WithIgnoreParseError(true), jwk.WithWaitReady(false),
					jwk.WithConstantInterval(coolDown), jwk.WithMinInterval(coolDown),
				}, []any{jws.WithInferAlgorithmFromKey(true), jws.WithUseDefault(true)})
			},
		},
		{
			name: "auth0, with options", of: "auth0",
			setUp: "jwks.WithCacheTTL of 10 s, which fetches that often while tokens come, and a WithErrorHandler that answers " +
				"503 to ErrorCodeJWKSFetchFailed.",
			open: func(_ context.Context, i *issuer) (verify, error) {
				return openAuth0(i, []auth0.Option{auth0.WithErrorHandler(tellOutage)}, jwks.WithCacheTTL(coolDown))
			},
		},
	}
}

// tellOutage answers 503 if the key set could not be fetched.
func tellOutage(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *auth0.ValidationError
	if errors.As(err, &invalid) && invalid.Code == auth0.ErrorCodeJWKSFetchFailed {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	auth0.DefaultErrorHandler(w, r, err)
}
