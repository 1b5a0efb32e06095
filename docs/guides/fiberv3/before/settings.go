package before

import (
	jwtware "github.com/gofiber/contrib/v3/jwt"
	"github.com/gofiber/fiber/v3"
	"github.com/golang-jwt/jwt/v5"
)

// NewStrict returns the service with all checks that golang-jwt offers.
func NewStrict(jwks, issuer, audience string) *fiber.App {
	return service(jwtware.Config{JWKSetURLs: []string{jwks}, Next: public, ParserOptions: []jwt.ParserOption{
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
	}})
}
