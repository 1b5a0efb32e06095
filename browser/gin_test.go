package browser_test

import (
	"net/http"
	"time"

	gincors "github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

// ginEngine is Gin with gin-contrib/cors.
func ginEngine(s *service) http.Handler {
	gin.SetMode(gin.TestMode)
	e := gin.New()
	sec := ginsec.New(s.chain)
	cors := gincors.New(gincors.Config{
		AllowOrigins: s.origins, AllowOriginFunc: s.allow, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"Authorization", "Content-Type"},
		AllowCredentials: s.credentials, ExposeHeaders: s.exposed, MaxAge: maxAge * time.Second,
	})
	var routes []gin.HandlerFunc
	switch s.place {
	case inFront:
		e.Use(cors, sec.Middleware)
	case inFrontOfRoutes:
		e.Use(cors)
		routes = []gin.HandlerFunc{sec.Middleware}
	case behind, behindOpen:
		e.Use(sec.Middleware, cors)
	case onRoutes:
		routes = []gin.HandlerFunc{cors, sec.Middleware}
	}
	r := e.Group("", routes...)
	r.GET("/hello", gin.WrapF(hello))
	r.GET("/public", gin.WrapF(public))
	takeOrder := gin.WrapF(s.takeOrder)
	r.POST("/orders", sec.Then(core.RequireScopes("orders:write")).Secured(takeOrder))
	r.POST("/drafts", takeOrder)
	return e
}

// ginByDefault has gin-contrib/cors with its defaults.
func ginByDefault(s *service) http.Handler {
	gin.SetMode(gin.TestMode)
	e := gin.New()
	e.Use(gincors.Default(), ginsec.New(s.chain).Middleware)
	e.GET("/hello", gin.WrapF(hello))
	return e
}
