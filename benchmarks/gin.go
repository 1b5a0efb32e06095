package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

func onGin() []*stack {
	return newer("gin", ginWith(constantGin, nil), ginWith(constantGin, (*gin.Context).Next), ourGin)
}

// ginWith returns a server with a middleware on the route, as in the stacks of Echo.
func ginWith(h, m gin.HandlerFunc) func(*issuer) (server, error) {
	return func(*issuer) (server, error) {
		gin.SetMode(gin.ReleaseMode) // Gin prints each route otherwise
		engine := gin.New()
		if m == nil {
			engine.GET("/hello", h)
		} else {
			engine.GET("/hello", m, h)
		}
		return handler{engine}, nil
	}
}

func constantGin(c *gin.Context) { c.String(http.StatusOK, subject) }

func ourGin(i *issuer) (server, error) {
	c, err := chain(i, 0)
	if err != nil {
		return nil, err
	}
	return ginWith(func(c *gin.Context) {
		auth, _ := core.AuthFrom(c.Request.Context())
		c.String(http.StatusOK, auth.Subject())
	}, ginsec.New(c).Middleware)(i)
}
