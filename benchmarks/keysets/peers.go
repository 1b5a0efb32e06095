package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/MicahParks/keyfunc/v3"
	auth0 "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	zitadelhttp "github.com/zitadel/oidc/v3/pkg/http"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// documented returns the peers, each as its documentation shows for a remote key set. Issuer, audience, expiry and the algorithms
// of the issuer are given wherever the library has an option for them that its documentation of key sets does not leave out.
func documented() []contender {
	return []contender{
		{
			name:    "keyfunc",
			modules: []string{"github.com/MicahParks/keyfunc/v3", "github.com/MicahParks/jwkset", "github.com/golang-jwt/jwt/v5"},
			setUp: "keyfunc.NewDefaultCtx and jwt.Parse with its Keyfunc (README.md, lines 35 and 51), and issuer, audience " +
				"and expiry of golang-jwt. The README allows all algorithms.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				k, err := keyfunc.NewDefaultCtx(ctx, []string{i.keysURL()})
				if err != nil {
					return nil, err
				}
				return golangJWT(i, k), nil
			},
		},
		{
			name: "go-oidc", modules: []string{"github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4"},
			setUp: "oidc.NewProvider and provider.Verifier with ClientID (README.md, lines 61, 80 and 109), which takes the " +
				"algorithms from the discovery document. It is meant for ID tokens; its users verify access tokens with it, too.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				provider, err := gooidc.NewProvider(ctx, i.url())
				if err != nil {
					return nil, err
				}
				return goOIDC(ctx, provider.Verifier(&gooidc.Config{ClientID: audience})), nil
			},
		},
		{
			name: "zitadel/oidc", modules: []string{"github.com/zitadel/oidc/v3", "github.com/go-jose/go-jose/v4"},
			setUp: "rp.NewRemoteKeySet, op.NewAccessTokenVerifier with the algorithms of the issuer, op.VerifyAccessToken " +
				"(pkg/client/rp/jwks.go, line 18, pkg/op/verifier_access_token.go, lines 20 and 32). It does not " +
				"check the audience.",
			open: func(ctx context.Context, i *issuer) (verify, error) {
				verifier := op.NewAccessTokenVerifier(i.url(), rp.NewRemoteKeySet(zitadelhttp.DefaultHTTPClient, i.keysURL()),
					op.WithSupportedAccessTokenSigningAlgorithms(algorithms...))
				return func(token string) answer {
					_, err := op.VerifyAccessToken[*zitadel.AccessTokenClaims](ctx, token, verifier)
					return ofError(err)
				}, nil
			},
		},
		{
			name: "jwx", modules: []string{"github.com/lestrrat-go/jwx/v3", "github.com/lestrrat-go/httprc/v3"},
			setUp: "jwk.NewCache, Register and CachedSet (docs/04-jwk.md, lines 731, 738 and 829), jwt.Parse with " +
				"jwt.WithKeySet (docs/01-jwt.md, line 459), and issuer, audience and exp.",
			open: func(ctx context.Context, i *issuer) (verify, error) { return openJWX(ctx, i, nil, nil) },
		},
		{
			name: "auth0", modules: []string{"github.com/auth0/go-jwt-middleware/v3", "github.com/lestrrat-go/jwx/v3"},
			setUp: "jwks.NewCachingProvider, validator.New and CheckJWT (README.md, lines 239 to 266), with " +
				"validator.WithAlgorithms. The answer is the HTTP status of its default error handler.",
			open: func(_ context.Context, i *issuer) (verify, error) { return openAuth0(i, nil) },
		},
	}
}

// golangJWT parses tokens with golang-jwt, as the README of keyfunc does.
func golangJWT(i *issuer, k keyfunc.Keyfunc, options ...jwt.ParserOption) verify {
	parser := jwt.NewParser(append(options, jwt.WithIssuer(i.url()), jwt.WithAudience(audience), jwt.WithExpirationRequired())...)
	return func(token string) answer {
		_, err := parser.Parse(token, k.Keyfunc)
		return ofError(err)
	}
}

func goOIDC(ctx context.Context, verifier *gooidc.IDTokenVerifier) verify {
	return func(token string) answer {
		_, err := verifier.Verify(ctx, token)
		return ofError(err)
	}
}

// openJWX registers the key set with options for its fetching, and parses tokens with options for the choice of a key.
func openJWX(ctx context.Context, i *issuer, fetching []jwk.RegisterOption, choosing []any) (verify, error) {
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		return nil, err
	}
	if err := cache.Register(ctx, i.keysURL(), fetching...); err != nil {
		return nil, err
	}
	set, err := cache.CachedSet(i.keysURL())
	if err != nil {
		return nil, err
	}
	return func(token string) answer {
		_, err := jwx.Parse([]byte(token), jwx.WithKeySet(set, choosing...), jwx.WithIssuer(i.url()),
			jwx.WithAudience(audience), jwx.WithRequiredClaim("exp"))
		return ofError(err)
	}, nil
}

// openAuth0 builds the middleware with options of its own and options of the key provider.
func openAuth0(i *issuer, options []auth0.Option, keys ...any) (verify, error) {
	address, err := url.Parse(i.url())
	if err != nil {
		return nil, err
	}
	provider, err := jwks.NewCachingProvider(append(keys, jwks.WithIssuerURL(address))...)
	if err != nil {
		return nil, err
	}
	v, err := validator.New(validator.WithKeyFunc(provider.KeyFunc), validator.WithIssuer(i.url()),
		validator.WithAlgorithms([]validator.SignatureAlgorithm{"RS256", "PS256", "ES256", "EdDSA"}),
		validator.WithAudience(audience))
	if err != nil {
		return nil, err
	}
	middleware, err := auth0.New(append(options, auth0.WithValidator(v))...)
	if err != nil {
		return nil, err
	}
	return ofHTTP(middleware.CheckJWT(http.HandlerFunc(ok))), nil
}
