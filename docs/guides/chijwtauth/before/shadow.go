package before

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-chi/jwtauth/v5"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// NewShadow returns the service that answers as before, and logs which tokens verifier would refuse.
func NewShadow(text []byte, verifier *jwt.Verifier, log *slog.Logger) (http.Handler, error) {
	key, err := parse(text)
	if err != nil {
		return nil, err
	}
	return service(jwtauth.New("RS256", nil, key), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := verifier.Verify(r.Context(), jwtauth.TokenFromHeader(r))
			if refused := (*core.Error)(nil); errors.As(err, &refused) {
				log.Info("would be refused", "reason", refused.Reason())
			}
			next.ServeHTTP(w, r)
		})
	}), nil
}
