package main

import (
	"context"
	"net"

	"github.com/gofiber/fiber/v2"

	auth0after "github.com/microkubes/microkubes-go/docs/guides/auth0/after"
	auth0before "github.com/microkubes/microkubes-go/docs/guides/auth0/before"
	chiafter "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/after"
	chibefore "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/before"
	echoafter "github.com/microkubes/microkubes-go/docs/guides/echojwt/after"
	echobefore "github.com/microkubes/microkubes-go/docs/guides/echojwt/before"
	echov5after "github.com/microkubes/microkubes-go/docs/guides/echojwtv5/after"
	echov5before "github.com/microkubes/microkubes-go/docs/guides/echojwtv5/before"
	"github.com/microkubes/microkubes-go/docs/guides/echov4"
	"github.com/microkubes/microkubes-go/docs/guides/echov5"
	fiberafter "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/after"
	fiberbefore "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/before"
	"github.com/microkubes/microkubes-go/docs/guides/fiberv2"
	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
	"github.com/microkubes/microkubes-go/docs/guides/internal/policy"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

var guides = []guide.Guide{{
	Page: "echo-jwt.md", Peers: []string{"github.com/labstack/echo-jwt/v4", "github.com/labstack/echo/v4"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) { return guide.HTTP(echobefore.New(i.PEM)) },
	Strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(echobefore.NewStrict(i.PEM, i.Name, verdict.Audience))
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(echoafter.New(i.PEM, i.Name, verdict.Audience))
	},
}, {
	Page: "echo-jwt-v5.md", Peers: []string{"github.com/labstack/echo-jwt/v5", "github.com/labstack/echo/v5"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) { return guide.HTTP(echov5before.New(i.PEM)) },
	Strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(echov5before.NewStrict(i.PEM, i.Name, verdict.Audience))
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(echov5after.New(i.PEM, i.Name, verdict.Audience))
	},
}, {
	Page: "echo-v5.md", Peers: []string{"github.com/labstack/echo/v4", "github.com/labstack/echo/v5"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) {
		chain, err := policy.Chain(i)
		if err != nil {
			return verdict.Service{}, err
		}
		return verdict.HTTP(echov4.New(chain)), nil
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		chain, err := policy.Chain(i)
		if err != nil {
			return verdict.Service{}, err
		}
		return verdict.HTTP(echov5.New(chain)), nil
	},
}, {
	Page: "fiber-jwt.md", Peers: []string{"github.com/gofiber/contrib/jwt", "github.com/gofiber/fiber/v2"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) { return ofFiber(fiberbefore.New(i.JWKS)), nil },
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		app, stop, err := fiberafter.New(context.Background(), i.Name, verdict.Audience)
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.Stopped(ofFiber(app), stop), nil
	},
}, {
	Page: "auth0.md", Peers: []string{"github.com/auth0/go-jwt-middleware/v3", "github.com/lestrrat-go/jwx/v3"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(auth0before.New(i.Name, verdict.Audience))
	},
	Strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(auth0before.NewStrict(i.Name, verdict.Audience))
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		handler, stop, err := auth0after.New(context.Background(), i.Name, verdict.Audience)
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.Stopped(verdict.HTTP(handler), stop), nil
	},
}, {
	Page:   "chi-jwtauth.md",
	Peers:  []string{"github.com/go-chi/jwtauth/v5", "github.com/lestrrat-go/jwx/v3", "github.com/go-chi/chi/v5"},
	Before: func(i *verdict.Issuer) (verdict.Service, error) { return guide.HTTP(chibefore.New(i.PEM)) },
	Strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(chibefore.NewStrict(i.PEM, i.Name, verdict.Audience))
	},
	After: func(i *verdict.Issuer) (verdict.Service, error) {
		return guide.HTTP(chiafter.New(i.PEM, i.Name, verdict.Audience))
	},
}}

// records are for the guides of the module fiberv3.
var records = []guide.Record{{
	File: "fiberv3/testdata/fiberv2.txt",
	Start: func(i *verdict.Issuer) (verdict.Service, error) {
		chain, err := policy.Chain(i)
		if err != nil {
			return verdict.Service{}, err
		}
		app, err := fiberv2.New(chain)
		if err != nil {
			return verdict.Service{}, err
		}
		return verdict.Service{Serve: func(l net.Listener) error { return fiberv2.Serve(app, l) }}, nil
	},
}}

func ofFiber(app *fiber.App) verdict.Service { return verdict.Service{Serve: app.Listener} }
