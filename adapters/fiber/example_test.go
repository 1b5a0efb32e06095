package fibersec_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/requestid"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
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
	sec := fibersec.New(chain)

	app := fiber.New()
	if err := fibersec.Prepare(app); err != nil {
		log.Fatal(err)
	}
	app.Get("/hello", sec.Secured(func(c *fiber.Ctx) error {
		auth, _ := core.AuthFrom(c.UserContext())
		return c.SendString("Hello " + auth.Username())
	}))

	for _, headers := range []http.Header{coretest.Bearer(issuer.Microkubes(nil)), {}} {
		r := httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header = headers
		res, err := app.Test(r, -1)
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fmt.Println(res.StatusCode, string(body))
	}
	// Output:
	// 200 Hello user@example.com
	// 401 {"code":401,"message":"authentication required"}
}

func ExampleWatch() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		log.Fatal(err)
	}
	sec := fibersec.New(chain)
	handler := func(c *fiber.Ctx) error { return c.SendString("served") }
	timing := func(c *fiber.Ctx) error { return c.Next() }

	app := fiber.New()
	routes := fibersec.Watch(app)
	app.Use(requestid.New(), sec.Public(timing))
	app.Get("/health", sec.Public(handler))
	app.Get("/orders/export", handler)
	app.Group("/orders", sec.Middleware).Get("/:id", handler)

	report := routes.Report()
	for _, r := range report.Routes {
		fmt.Println(r.Method, r.Path, r.Decision)
	}
	fmt.Println(len(report.Undecided()), "is forgotten:", report.Undecided()[0].Path)
	// Output:
	//  /* public
	// GET /health public
	// GET /orders/:id guarded
	// GET /orders/export undecided
	// 1 is forgotten: /orders/export
}
