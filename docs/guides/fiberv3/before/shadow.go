package before

import (
	"errors"
	"log/slog"
	"strings"

	jwtware "github.com/gofiber/contrib/v3/jwt"
	"github.com/gofiber/fiber/v3"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// NewShadow returns the service that answers as before, and logs which tokens verifier would refuse.
func NewShadow(jwks string, verifier *jwt.Verifier, log *slog.Logger) *fiber.App {
	return service(jwtware.Config{JWKSetURLs: []string{jwks}, Next: public, SuccessHandler: func(c fiber.Ctx) error {
		token := strings.Clone(jwtware.FromContext(c).Raw) // Fiber uses the memory of the token again
		_, err := verifier.Verify(c.Context(), token)
		if refused := (*core.Error)(nil); errors.As(err, &refused) {
			log.Info("would be refused", "reason", refused.Reason())
		}
		return c.Next()
	}})
}
