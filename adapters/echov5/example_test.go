package echosec_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v5"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
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
	sec := echosec.New(chain)

	e := echo.New()
	e.GET("/hello", sec.Secured(func(c *echo.Context) error {
		auth, _ := core.AuthFrom(c.Request().Context())
		return c.String(http.StatusOK, "Hello "+auth.Username())
	}))

	for _, headers := range []http.Header{coretest.Bearer(issuer.Microkubes(nil)), {}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header = headers
		e.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 Hello user@example.com
	// 401 {"code":401,"message":"authentication required"}
}
