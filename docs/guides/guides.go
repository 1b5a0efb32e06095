package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	auth0after "github.com/microkubes/microkubes-go/docs/guides/auth0/after"
	auth0before "github.com/microkubes/microkubes-go/docs/guides/auth0/before"
	chiafter "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/after"
	chibefore "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/before"
	echoafter "github.com/microkubes/microkubes-go/docs/guides/echojwt/after"
	echobefore "github.com/microkubes/microkubes-go/docs/guides/echojwt/before"
	fiberafter "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/after"
	fiberbefore "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/before"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// guide is one page with its services.
type guide struct {
	page   string
	peers  []string // modules whose versions the page states
	before func(*verdict.Issuer) (verdict.Service, error)
	strict func(*verdict.Issuer) (verdict.Service, error) // before with all settings; nil: there are no more
	after  func(*verdict.Issuer) (verdict.Service, error)
}

var guides = []guide{{
	page: "echo-jwt.md", peers: []string{"github.com/labstack/echo-jwt/v4", "github.com/labstack/echo/v4"},
	before: func(i *verdict.Issuer) (verdict.Service, error) { return ofHTTP(echobefore.New(i.PEM)) },
	strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(echobefore.NewStrict(i.PEM, i.Name, verdict.Audience))
	},
	after: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(echoafter.New(i.PEM, i.Name, verdict.Audience))
	},
}, {
	page: "fiber-jwt.md", peers: []string{"github.com/gofiber/contrib/jwt", "github.com/gofiber/fiber/v2"},
	before: func(i *verdict.Issuer) (verdict.Service, error) { return ofFiber(fiberbefore.New(i.JWKS), nil), nil },
	after: func(i *verdict.Issuer) (verdict.Service, error) {
		app, stop, err := fiberafter.New(context.Background(), i.Name, verdict.Audience)
		if err != nil {
			return verdict.Service{}, err
		}
		return ofFiber(app, stop), nil
	},
}, {
	page: "auth0.md", peers: []string{"github.com/auth0/go-jwt-middleware/v3"},
	before: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(auth0before.New(i.Name, verdict.Audience))
	},
	strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(auth0before.NewStrict(i.Name, verdict.Audience))
	},
	after: func(i *verdict.Issuer) (verdict.Service, error) {
		handler, stop, err := auth0after.New(context.Background(), i.Name, verdict.Audience)
		if err != nil {
			return verdict.Service{}, err
		}
		return stopped(verdict.HTTP(handler), stop), nil
	},
}, {
	page: "chi-jwtauth.md", peers: []string{"github.com/go-chi/jwtauth/v5", "github.com/go-chi/chi/v5"},
	before: func(i *verdict.Issuer) (verdict.Service, error) { return ofHTTP(chibefore.New(i.PEM)) },
	strict: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(chibefore.NewStrict(i.PEM, i.Name, verdict.Audience))
	},
	after: func(i *verdict.Issuer) (verdict.Service, error) {
		return ofHTTP(chiafter.New(i.PEM, i.Name, verdict.Audience))
	},
}}

func ofHTTP[H http.Handler](handler H, err error) (verdict.Service, error) {
	if err != nil {
		return verdict.Service{}, err
	}
	return verdict.HTTP(handler), nil
}

func ofFiber(app *fiber.App, stop func() error) verdict.Service {
	return stopped(verdict.Service{Serve: app.Listener}, stop)
}

// stopped returns s with another function to end it.
func stopped(s verdict.Service, stop func() error) verdict.Service {
	first := s.Stop
	s.Stop = func() {
		if first != nil {
			first()
		}
		if stop != nil {
			_ = stop() // an issuer that has stopped does not matter any more
		}
	}
	return s
}

// compare runs the services of g.
func (g guide) compare(issuer *verdict.Issuer, requests []verdict.Request) (verdict.Comparison, error) {
	before, err := g.before(issuer)
	if err != nil {
		return verdict.Comparison{}, err
	}
	after, err := g.after(issuer)
	if err != nil {
		return verdict.Comparison{}, err
	}
	var strict *verdict.Service
	if g.strict != nil {
		s, err := g.strict(issuer)
		if err != nil {
			return verdict.Comparison{}, err
		}
		strict = &s
	}
	name, err := versions(g.peers)
	if err != nil {
		return verdict.Comparison{}, err
	}
	return verdict.Compare(name, requests, before, after, strict)
}

// versions returns the names of modules with their versions in go.mod.
func versions(modules []string) (string, error) {
	file, err := os.ReadFile("go.mod")
	if err != nil {
		return "", err
	}
	var all []string
	for _, module := range modules {
		m := regexp.MustCompile(`(?m)^\t` + regexp.QuoteMeta(module) + ` (v\S+)$`).FindSubmatch(file)
		if m == nil {
			return "", fmt.Errorf("go.mod does not require %s", module)
		}
		all = append(all, fmt.Sprintf("%s %s", strings.TrimPrefix(module, "github.com/"), m[1]))
	}
	return strings.Join(all, " and "), nil
}
