package before

import (
	"net/http"

	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// NewStrict returns the service with the checks that jwtauth takes from jwx.
func NewStrict(text []byte, issuer, audience string) (http.Handler, error) {
	key, err := parse(text)
	if err != nil {
		return nil, err
	}
	return service(jwtauth.New("RS256", nil, key, jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithRequiredClaim(jwt.ExpirationKey), jwt.WithRequiredClaim(jwt.SubjectKey))), nil
}
