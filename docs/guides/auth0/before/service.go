// Package before is a service with auth0/go-jwt-middleware.
package before

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
)

// Claims are the claims that the service reads beside the registered ones.
type Claims struct {
	Name  string `json:"name"`
	Scope string `json:"scope"`
}

// Validate implements validator.CustomClaims.
func (*Claims) Validate(context.Context) error { return nil }

// New returns the service.
func New(issuer, audience string) (http.Handler, error) {
	return service(issuer, audience, nil)
}

func service(issuer, audience string, inside func(http.Handler) http.Handler, more ...validator.Option) (http.Handler, error) {
	issuerURL, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	provider, err := jwks.NewCachingProvider(jwks.WithIssuerURL(issuerURL))
	if err != nil {
		return nil, err
	}
	tokens, err := validator.New(append(more,
		validator.WithKeyFunc(provider.KeyFunc),
		validator.WithAlgorithm(validator.RS256),
		validator.WithIssuer(issuer),
		validator.WithAudience(audience),
		validator.WithCustomClaims(func() *Claims { return &Claims{} }),
	)...)
	if err != nil {
		return nil, err
	}
	middleware, err := jwtmiddleware.New(jwtmiddleware.WithValidator(tokens))
	if err != nil {
		return nil, err
	}
	guard := func(h http.HandlerFunc) http.Handler {
		if inside != nil {
			return middleware.CheckJWT(inside(h))
		}
		return middleware.CheckJWT(h)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthcheck", health)
	mux.Handle("GET /hello", guard(hello))
	mux.Handle("POST /orders", guard(create))
	return mux, nil
}

func claims(r *http.Request) *Claims {
	validated, err := jwtmiddleware.GetClaims[*validator.ValidatedClaims](r.Context())
	if err != nil {
		return &Claims{}
	}
	claims, _ := validated.CustomClaims.(*Claims)
	return claims
}

func health(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok") }

func hello(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, "hello "+claims(r).Name) }

func create(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(strings.Fields(claims(r).Scope), "orders:write") {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	reply(w, http.StatusCreated, "created")
}

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
