// Package after is the same service with microkubes-go, on Echo v5.
package after

import (
	"net/http"

	"github.com/labstack/echo/v5"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Policy returns the tokens that are accepted.
func Policy(issuer, audience string) jwt.Config {
	return jwt.Config{
		Issuers:    []string{issuer},
		Audiences:  []string{audience},
		Algorithms: []string{"RS256"},
		Claims: jwt.Claims{
			User:   []jwt.Text{{Path: jwt.Path{"sub"}}},
			Name:   []jwt.Text{{Path: jwt.Path{"name"}}},
			Scopes: []jwt.List{{Path: jwt.Path{"scope"}}},
		},
	}
}

// New returns the service. pem is the public key of the issuer.
func New(pem []byte, issuer, audience string) (*echo.Echo, error) {
	key, err := keys.ParsePEM("key-1", pem) // the kid of the tokens
	if err != nil {
		return nil, err
	}
	store, err := keys.Static(key)
	if err != nil {
		return nil, err
	}
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), jwt.New(store, Policy(issuer, audience)))
	if err != nil {
		return nil, err
	}
	sec := echosec.New(chain)
	orders := sec.Then(core.RequireScopes("orders:write"))

	e := echo.New()
	e.Use(sec.Middleware)
	e.GET("/healthcheck", func(c *echo.Context) error { return c.String(http.StatusOK, "ok") })
	e.GET("/hello", hello)
	e.POST("/orders", orders.Secured(create))
	return e, nil
}

func hello(c *echo.Context) error {
	auth, _ := echosec.Auth(c)
	return c.String(http.StatusOK, "hello "+auth.Username())
}

func create(c *echo.Context) error { return c.String(http.StatusCreated, "created") }
