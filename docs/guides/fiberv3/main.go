// Command fiberv3 writes the code and the tables of the pages in this folder, as the command of the folder above does. It is a
// module of its own because Fiber v3 needs a fasthttp that breaks Fiber v2.
package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/gofiber/fiber/v3"

	"github.com/microkubes/microkubes-go/docs/guides/fiberv3/after"
	"github.com/microkubes/microkubes-go/docs/guides/fiberv3/before"
	"github.com/microkubes/microkubes-go/docs/guides/fiberv3/upgraded"
	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
	"github.com/microkubes/microkubes-go/docs/guides/internal/policy"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

func main() {
	if err := guide.Main(guides, nil, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err) // package log is silent where the services are
		os.Exit(1)
	}
}

var guides = []guide.Guide{{
	Page: "fiber-jwt.md", Peers: []string{"github.com/gofiber/contrib/v3/jwt", "github.com/gofiber/fiber/v3"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) { return ofFiber(before.New(i.JWKS)), nil },
	Strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofFiber(before.NewStrict(i.JWKS, i.Name, verdict.Audience)), nil
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		app, stop, err := after.New(context.Background(), i.Name, verdict.Audience)
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.Stopped(ofFiber(app), stop), nil
	},
}, {
	Page: "fiber-v3.md", Peers: []string{"github.com/gofiber/fiber/v2", "github.com/gofiber/fiber/v3"},
	Before: func(*verdict.Issuer) (verdict.Service, error) { return verdict.Recorded("testdata/fiberv2.txt") },
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		chain, err := policy.Chain(i)
		if err != nil {
			return verdict.Service{}, err
		}
		app, err := upgraded.New(chain)
		if err != nil {
			return verdict.Service{}, err
		}
		return verdict.Service{Serve: func(l net.Listener) error { return upgraded.Serve(app, l) }}, nil
	},
}}

func ofFiber(app *fiber.App) verdict.Service {
	return verdict.Service{Serve: func(l net.Listener) error {
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}}
}
