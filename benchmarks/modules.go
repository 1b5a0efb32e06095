package main

// compared holds the modules whose versions the report names.
var compared = []string{
	"github.com/MicahParks/jwkset", "github.com/MicahParks/keyfunc/v3", "github.com/auth0/go-jwt-middleware/v3",
	"github.com/coreos/go-oidc/v3", "github.com/gin-gonic/gin", "github.com/go-chi/jwtauth/v5", "github.com/gofiber/contrib/jwt",
	"github.com/gofiber/fiber/v2", "github.com/gofiber/fiber/v3", "github.com/golang-jwt/jwt/v5",
	"github.com/labstack/echo-jwt/v4", "github.com/labstack/echo/v4", "github.com/labstack/echo/v5",
	"github.com/lestrrat-go/jwx/v2", "github.com/lestrrat-go/jwx/v3",
	"github.com/valyala/fasthttp",
}
