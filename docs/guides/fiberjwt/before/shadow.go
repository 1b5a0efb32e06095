package before

import (
	"errors"
	"log/slog"
	"strings"

	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// NewShadow returns the service that answers as before, and logs which tokens verifier would refuse.
func NewShadow(jwks string, verifier *jwt.Verifier, log *slog.Logger) *fiber.App {
	return service(jwtware.Config{JWKSetURLs: []string{jwks}, Filter: public, SuccessHandler: func(c *fiber.Ctx) error {
		token, _ := c.Locals("user").(*golangjwt.Token)
		text := strings.Clone(token.Raw) // Fiber uses the memory of token.Raw again
		_, err := verifier.Verify(c.UserContext(), text)
		if refused := (*core.Error)(nil); errors.As(err, &refused) {
			log.Info("would be refused", "reason", refused.Reason())
		}
		return c.Next()
	}})
}
