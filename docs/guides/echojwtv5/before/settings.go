package before

import (
	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v5"
	"github.com/labstack/echo/v5"
)

// NewStrict returns the service with all checks that golang-jwt offers.
func NewStrict(pem []byte, issuer, audience string) (*echo.Echo, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
	known := func(token *jwt.Token) (any, error) {
		if token.Header["kid"] != "key-1" {
			return nil, jwt.ErrTokenUnverifiable
		}
		return key, nil
	}
	return service(echojwt.Config{Skipper: public, ParseTokenFunc: func(_ *echo.Context, text string) (any, error) {
		return parser.Parse(text, known)
	}}), nil
}
