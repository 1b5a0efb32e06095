package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

func serve(chain *core.SecurityChain) (addr string, stop func(), err error) {
	gin.SetMode(gin.ReleaseMode)
	sec := ginsec.New(chain)
	router := gin.New()
	router.GET("/hello", sec.Secured(func(c *gin.Context) {
		auth, _ := core.AuthFrom(c.Request.Context())
		c.String(http.StatusOK, "Hello "+auth.Username())
	}))
	server := httptest.NewServer(router)
	return server.Listener.Addr().String(), server.Close, nil
}
