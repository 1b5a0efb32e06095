// Command gin is the hello service on Gin.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{
		Name:   "hello-service",
		Paths:  []string{"/healthcheck", "/hello", "/orders", "/admin"},
		Policy: service.Microkubes(""), // KEYS_DIR, or ./keys
	}, routes)
}

func routes(app *service.App) (service.Server, error) {
	sec := ginsec.New(app.Chain)
	router := gin.New()
	watched := ginsec.Watch(router)
	admin := router.Group("/admin", sec.With(core.RequireRoles("admin")).Middleware)
	admin.GET("/report", report)

	router.GET("/hello", sec.Secured(hello))
	router.POST("/orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	return service.HTTP(router), app.Check(watched)
}

func hello(c *gin.Context) {
	auth, _ := core.AuthFrom(c.Request.Context())
	c.String(http.StatusOK, "Hello %s from Gin service on Microkubes", auth.Username())
}

func create(c *gin.Context) {
	auth, _ := core.AuthFrom(c.Request.Context())
	c.String(http.StatusOK, "Order of %s taken", auth.Username())
}

func report(c *gin.Context) {
	c.String(http.StatusOK, "Report for admins")
}
