package main

import (
	"net"

	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

func onFiber() []*stack {
	all := []*stack{
		{name: "bare", kind: bare, build: fiberWith(fixed, nil)},
		{name: "no-op", kind: noop, note: "a middleware that only calls the next handler",
			build: fiberWith(fixed, (*fiber.Ctx).Next)},
		{name: "ours", kind: ours, build: ourFiber(0)},
		{name: "ours, no cache", kind: uncached, build: ourFiber(cacheOff)},
		{name: "contrib/jwt", kind: peer, build: contribJWT, note: "signing key with its algorithm; MapClaims, its " +
			"default; it has no options for issuer and audience"},
	}
	for _, s := range all {
		s.framework = "fiber"
	}
	return all
}

type fiberServer struct{ *fiber.App }

func (s fiberServer) serve(l net.Listener) error { return s.Listener(l) }

func (s fiberServer) port() port { return newFiberPort(s.Handler()) }

func newFiberPort(h fasthttp.RequestHandler) *fiberPort {
	p := &fiberPort{handler: h, ctx: &fasthttp.RequestCtx{}}
	p.ctx.Request.Header.SetMethod(fiber.MethodGet)
	p.ctx.Request.Header.SetHost("localhost")
	p.ctx.Request.Header.SetUserAgent("benchmark")
	p.ctx.Request.SetRequestURI("/hello")
	return p
}

// fiberPort resets the context between two requests as fasthttp's server does on a keep-alive connection.
type fiberPort struct {
	handler fasthttp.RequestHandler
	ctx     *fasthttp.RequestCtx
}

func (p *fiberPort) authorization(value string) {
	if value == "" {
		p.ctx.Request.Header.Del(fiber.HeaderAuthorization)
		return
	}
	p.ctx.Request.Header.Set(fiber.HeaderAuthorization, value)
}

func (p *fiberPort) request() {
	p.ctx.ResetUserValues()
	p.ctx.Response.Reset()
	p.handler(p.ctx)
}

func (p *fiberPort) answer() (int, string) {
	return p.ctx.Response.StatusCode(), string(p.ctx.Response.Body())
}

// fiberWith returns a server with a middleware on the application, as in all stacks of Fiber.
func fiberWith(h, m fiber.Handler) func(*issuer) (server, error) {
	return func(*issuer) (server, error) {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		if err := fibersec.Prepare(app); err != nil {
			return nil, err
		}
		if m != nil {
			app.Use(m)
		}
		app.Get("/hello", h)
		return fiberServer{app}, nil
	}
}

func fixed(c *fiber.Ctx) error { return c.SendString(subject) }

func ourFiber(size int) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		c, err := chain(i, size)
		if err != nil {
			return nil, err
		}
		return fiberWith(func(c *fiber.Ctx) error {
			auth, _ := core.AuthFrom(c.UserContext())
			return c.SendString(auth.Subject())
		}, fibersec.New(c).Middleware)(i)
	}
}

func contribJWT(i *issuer) (server, error) {
	middleware := jwtware.New(jwtware.Config{SigningKey: jwtware.SigningKey{JWTAlg: i.alg, Key: i.public}})
	return fiberWith(func(c *fiber.Ctx) error {
		token, _ := c.Locals("user").(*golangjwt.Token)
		claims, _ := token.Claims.(golangjwt.MapClaims)
		sub, _ := claims["sub"].(string)
		return c.SendString(sub)
	}, middleware)(i)
}
