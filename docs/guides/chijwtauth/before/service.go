// Package before is a service with jwtauth on chi.
package before

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
)

// New returns the service. text is the public key of the issuer, in PEM.
func New(text []byte) (http.Handler, error) {
	key, err := parse(text)
	if err != nil {
		return nil, err
	}
	return service(jwtauth.New("RS256", nil, key)), nil
}

func service(tokens *jwtauth.JWTAuth, more ...func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Get("/healthcheck", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	r.Group(func(r chi.Router) {
		r.Use(jwtauth.Verifier(tokens))
		r.Use(jwtauth.Authenticator(tokens))
		r.Use(more...)
		r.Get("/hello", hello)
		r.Post("/orders", create)
	})
	return r
}

func parse(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the key is not in PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	rsaKey, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the key is not an RSA key")
	}
	return rsaKey, nil
}

func hello(w http.ResponseWriter, r *http.Request) {
	_, claims, _ := jwtauth.FromContext(r.Context())
	name, _ := claims["name"].(string)
	_, _ = io.WriteString(w, "hello "+name)
}

func create(w http.ResponseWriter, r *http.Request) {
	_, claims, _ := jwtauth.FromContext(r.Context())
	scopes, _ := claims["scope"].(string)
	if !slices.Contains(strings.Fields(scopes), "orders:write") {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "created")
}
