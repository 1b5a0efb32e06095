package before

import (
	"errors"
	"log/slog"

	golangjwt "github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// NewShadow returns the service that answers as before, and logs which tokens verifier would refuse.
func NewShadow(pem []byte, verifier *jwt.Verifier, log *slog.Logger) (*echo.Echo, error) {
	key, err := golangjwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		return nil, err
	}
	config := echojwt.Config{SigningKey: key, SigningMethod: "RS256", Skipper: public}
	config.SuccessHandler = func(c echo.Context) {
		token, _ := c.Get("user").(*golangjwt.Token)
		_, err := verifier.Verify(c.Request().Context(), token.Raw)
		if refused := (*core.Error)(nil); errors.As(err, &refused) {
			log.Info("would be refused", "reason", refused.Reason())
		}
	}
	return service(config), nil
}
