package before

import (
	"errors"
	"net/http"

	"github.com/auth0/go-jwt-middleware/v3/validator"
)

// NewStrict returns the service with a check of its own for the registered claims.
func NewStrict(issuer, audience string) (http.Handler, error) {
	return service(issuer, audience, nil, validator.WithRegisteredClaimsValidator(func(claims validator.RegisteredClaims) error {
		if claims.Expiry == 0 || claims.Subject == "" {
			return errors.New("exp and sub are required")
		}
		return nil
	}))
}
