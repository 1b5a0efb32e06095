package before

import (
	"errors"
	"log/slog"
	"net/http"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// NewShadow returns the service that answers as before, and logs which tokens verifier would refuse.
func NewShadow(issuer, audience string, verifier *jwt.Verifier, log *slog.Logger) (http.Handler, error) {
	return service(issuer, audience, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			found, err := jwtmiddleware.AuthHeaderTokenExtractor(r)
			if err == nil {
				_, err = verifier.Verify(r.Context(), found.Token)
			}
			if refused := (*core.Error)(nil); errors.As(err, &refused) {
				log.Info("would be refused", "reason", refused.Reason())
			}
			next.ServeHTTP(w, r)
		})
	})
}
