package main

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	auth0 "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-chi/jwtauth/v5"
	golangjwt "github.com/golang-jwt/jwt/v5"
	jwx2 "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
)

func netHTTPPeers() []*stack {
	all := []*stack{
		{name: "golang-jwt", build: golangJWT, note: "a handwritten middleware, as fast as the library allows: typed " +
			"registered claims, valid methods, issuer, audience, exp required"},
		{name: "keyfunc", build: keyFunc, note: "golang-jwt with MapClaims; the key is found by its id; issuer and audience"},
		{name: "jwx", build: jwxParse, note: "jwt.ParseRequest with key, issuer and audience"},
		{name: "auth0", build: auth0Check, note: "issuer and audience; it also looks for DPoP, which is its default"},
		{name: "go-oidc", build: goOIDC, lacks: []string{"HS256"}, note: "issuer, audience, a static set of one key; it is " +
			"meant for ID tokens"},
		{name: "chi jwtauth", build: chiAuth, note: "Verifier and Authenticator with issuer and audience; it also looks into " +
			"a cookie, which is its default; with jwx v2, which it requires"},
	}
	for _, s := range all {
		s.framework, s.kind = "net/http", peer
	}
	return all
}

// say returns a handler that answers with the result of sub.
func say(sub func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, sub(r)) })
}

// claimsKey is the context key under which the middlewares in this file store the claims.
type claimsKey struct{}

// check returns the middleware that users of a library without one have to write.
func check[C any](verify func(*http.Request) (C, error), sub func(C) string) http.Handler {
	next := say(func(r *http.Request) string {
		claims, _ := r.Context().Value(claimsKey{}).(C)
		return sub(claims)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := verify(r)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
	})
}

var errNoToken = errors.New("no token")

func tokenOf(r *http.Request) (string, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", errNoToken
	}
	return token, nil
}

func golangJWT(i *issuer) (server, error) {
	parser := golangjwt.NewParser(golangjwt.WithValidMethods([]string{i.alg}), golangjwt.WithIssuer(issuerName),
		golangjwt.WithAudience(audience), golangjwt.WithExpirationRequired())
	key := golangjwt.Keyfunc(func(*golangjwt.Token) (any, error) { return i.public, nil })
	return handler{check(func(r *http.Request) (*golangjwt.RegisteredClaims, error) {
		token, err := tokenOf(r)
		if err != nil {
			return nil, err
		}
		claims := &golangjwt.RegisteredClaims{}
		_, err = parser.ParseWithClaims(token, claims, key)
		return claims, err
	}, func(c *golangjwt.RegisteredClaims) string { return c.Subject })}, nil
}

func keyFunc(i *issuer) (server, error) {
	key, err := jwkset.NewJWKFromKey(i.public, jwkset.JWKOptions{
		Marshal:  jwkset.JWKMarshalOptions{Private: true}, // as in its example for secrets
		Metadata: jwkset.JWKMetadataOptions{ALG: jwkset.ALG(i.alg), KID: keyID, USE: jwkset.UseSig},
	})
	if err != nil {
		return nil, err
	}
	storage := jwkset.NewMemoryStorage()
	if err := storage.KeyWrite(context.Background(), key); err != nil {
		return nil, err
	}
	k, err := keyfunc.New(keyfunc.Options{Storage: storage})
	if err != nil {
		return nil, err
	}
	parser := golangjwt.NewParser(golangjwt.WithIssuer(issuerName), golangjwt.WithAudience(audience))
	return handler{check(func(r *http.Request) (golangjwt.MapClaims, error) {
		token, err := tokenOf(r)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.Parse(token, k.Keyfunc)
		if err != nil {
			return nil, err
		}
		claims, _ := parsed.Claims.(golangjwt.MapClaims)
		return claims, nil
	}, func(c golangjwt.MapClaims) string { sub, _ := c["sub"].(string); return sub })}, nil
}

func jwxParse(i *issuer) (server, error) {
	alg, ok := jwa.LookupSignatureAlgorithm(i.alg)
	if !ok {
		return nil, errors.New("jwx does not know " + i.alg)
	}
	options := []jwx.ParseOption{jwx.WithKey(alg, i.public), jwx.WithIssuer(issuerName), jwx.WithAudience(audience)}
	return handler{check(func(r *http.Request) (jwx.Token, error) {
		return jwx.ParseRequest(r, options...)
	}, func(t jwx.Token) string { sub, _ := t.Subject(); return sub })}, nil
}

func auth0Check(i *issuer) (server, error) {
	v, err := validator.New(
		validator.WithKeyFunc(func(context.Context) (any, error) { return i.public, nil }),
		validator.WithAlgorithm(validator.SignatureAlgorithm(i.alg)),
		validator.WithIssuer(issuerName),
		validator.WithAudience(audience),
	)
	if err != nil {
		return nil, err
	}
	middleware, err := auth0.New(auth0.WithValidator(v))
	if err != nil {
		return nil, err
	}
	return handler{middleware.CheckJWT(say(func(r *http.Request) string {
		claims, err := auth0.GetClaims[*validator.ValidatedClaims](r.Context())
		if err != nil {
			return ""
		}
		return claims.RegisteredClaims.Subject
	}))}, nil
}

func goOIDC(i *issuer) (server, error) {
	set := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{i.public}}
	verifier := oidc.NewVerifier(issuerName, set, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{i.alg}})
	return handler{check(func(r *http.Request) (*oidc.IDToken, error) {
		token, err := tokenOf(r)
		if err != nil {
			return nil, err
		}
		return verifier.Verify(r.Context(), token)
	}, func(t *oidc.IDToken) string { return t.Subject })}, nil
}

func chiAuth(i *issuer) (server, error) {
	auth := jwtauth.New(i.alg, i.private, nil, jwx2.WithIssuer(issuerName), jwx2.WithAudience(audience))
	if i.alg != "HS256" {
		auth = jwtauth.New(i.alg, nil, i.public, jwx2.WithIssuer(issuerName), jwx2.WithAudience(audience))
	}
	return handler{jwtauth.Verifier(auth)(jwtauth.Authenticator(auth)(say(func(r *http.Request) string {
		_, claims, _ := jwtauth.FromContext(r.Context())
		sub, _ := claims["sub"].(string)
		return sub
	})))}, nil
}
