// Package before is a service with echo-jwt.
package before

import (
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
)

// New returns the service. pem is the public key of the issuer.
func New(pem []byte) (*echo.Echo, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		return nil, err
	}
	return service(echojwt.Config{SigningKey: key, SigningMethod: "RS256", Skipper: public}), nil
}

func service(config echojwt.Config) *echo.Echo {
	e := echo.New()
	e.Use(echojwt.WithConfig(config))
	e.GET("/healthcheck", func(c echo.Context) error { return c.String(http.StatusOK, "ok") })
	e.GET("/hello", hello)
	e.POST("/orders", create)
	return e
}

func public(c echo.Context) bool { return c.Path() == "/healthcheck" }

func claims(c echo.Context) jwt.MapClaims {
	token, _ := c.Get("user").(*jwt.Token)
	claims, _ := token.Claims.(jwt.MapClaims)
	return claims
}

func hello(c echo.Context) error {
	name, _ := claims(c)["name"].(string)
	return c.String(http.StatusOK, "hello "+name)
}

func create(c echo.Context) error {
	scopes, _ := claims(c)["scope"].(string)
	if !slices.Contains(strings.Fields(scopes), "orders:write") {
		return echo.ErrForbidden
	}
	return c.String(http.StatusCreated, "created")
}
