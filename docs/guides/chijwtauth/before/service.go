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
	r.Get("/healthcheck", health)
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

func health(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok") }

func hello(w http.ResponseWriter, r *http.Request) {
	_, claims, _ := jwtauth.FromContext(r.Context())
	name, _ := claims["name"].(string)
	reply(w, http.StatusOK, "hello "+name)
}

func create(w http.ResponseWriter, r *http.Request) {
	_, claims, _ := jwtauth.FromContext(r.Context())
	scopes, _ := claims["scope"].(string)
	if !slices.Contains(strings.Fields(scopes), "orders:write") {
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
