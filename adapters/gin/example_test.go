package ginsec_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func Example() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority") // in a service: keys.Dir("./keys")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		log.Fatal(err)
	}
	sec := ginsec.New(chain)

	router := gin.New()
	router.GET("/hello", sec.Secured(func(c *gin.Context) {
		auth, _ := ginsec.Auth(c)
		c.String(http.StatusOK, "Hello %s", auth.Username())
	}))

	for _, headers := range []http.Header{coretest.Bearer(issuer.Microkubes(nil)), {}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header = headers
		router.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 Hello user@example.com
	// 401 {"code":401,"message":"authentication required"}
}
